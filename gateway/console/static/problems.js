// What needs somebody: what wasn't understood, what couldn't be published, what alarms, and what `doctor` finds.

import { DeadLetters } from "./dead_letters.js";
import { plural } from "./format.js";
import { Quarantine } from "./quarantine.js";
import { get } from "./server.js";
import { useStore } from "./store.js";
import { Doing, Ticked, Time, useFetched } from "./ui.js";
import { html, useState } from "./vendor/htm-preact.js";

export const problemsIn = (overview) => (overview ? overview.kept.number + Object.values(overview.dead).reduce((sum, each) => sum + each, 0) : 0);

export function Problems() {
  const overview = useStore((state) => state.overview);
  const number = problemsIn(overview);
  return html`
    <header class="place-head">
      <h1 tabindex="-1">Problems</h1>
      <span class="about">${overview && (number ? plural(number, "message needs", "messages need") + " attention" : "Nothing needs attention")}</span>
    </header>
    <div class="scrolling problems">
      <div class="problems-main">
        <${Quarantine} mark=${overview?.kept.mark} number=${overview?.kept.number ?? 0} />
        <${DeadLetters} dead=${overview?.dead ?? {}} />
      </div>
      <div class="problems-beside">
        <${Alarms} />
        <${Doctor} />
      </div>
    </div>`;
}

function Alarms() {
  const [found, error] = useFetched(() => get("api/alarms"), []);
  const alarms = found?.alarms;
  return html`
    <section class="card" aria-labelledby="alarms-title">
      <h2 id="alarms-title">Alarms</h2>
      ${error && html`<p class="bad">${error.message}</p>`}
      ${found && (alarms === null ? html`<p class="soft">${found.alarms_unknown}</p>` : alarms.length === 0 ? html`<p class="soft">No alarms.</p>` : html`
        <ul class="findings">${alarms.map(({ name, description, since }) => html`<li class="todo"><strong>${name}</strong> <span class="soft">since <${Time} at=${since} /></span><p>${description}</p></li>`)}</ul>`)}
    </section>`;
}

const LEVELS = { ok: ["ok", "good"], note: ["worth knowing", "note"], "to do": ["to do", "todo"] };
const order = ["to do", "note", "ok"];

function Doctor() {
  const [findings, setFindings] = useState(null);
  const examine = async () => setFindings((await get("api/doctor")).findings);
  return html`
    <section class="card" aria-labelledby="doctor-title">
      <div class="title-line"><h2 id="doctor-title">Doctor</h2><${Doing} action=${examine}>${findings ? "Run again" : "Run"}<//></div>
      ${findings === null ? html`<p class="soft">Checks secrets, queues, alarms and settings. Takes a few seconds.</p>` : html`
        <ul class="findings">
          ${[...findings].sort((one, other) => order.indexOf(one.level) - order.indexOf(other.level)).map(({ level, what, how, advice }) => html`
            <li class=${LEVELS[level]?.[1]}><strong>${what}</strong> <span class="level">${LEVELS[level]?.[0] ?? level}</span><p><${Ticked} text=${how} /></p>${advice && html`<p class="soft"><${Ticked} text=${advice} /></p>`}</li>`)}
        </ul>`}
    </section>`;
}
