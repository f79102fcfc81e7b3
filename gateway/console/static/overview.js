// How it goes: four figures with their last minutes, how long things take, and where what came has gone.

import { Chart, shown } from "./chart.js";
import { clock, counted, milliseconds, perSecond } from "./format.js";
import { Flow, countsOf } from "./flow.js";
import { to } from "./router.js";
import { useStore } from "./store.js";
import { Empty, Time } from "./ui.js";
import { html } from "./vendor/htm-preact.js";

const FIGURES = [
  ["received", "Received", {}],
  ["published", "Published", { status: "published" }],
  ["refused", "Refused", { status: "refused" }],
  ["quarantined", "Quarantined", { status: "quarantined" }],
];

const LATENCIES = [
  ["Received to subscriber, median", (point) => point.arrival_p50],
  ["Received to subscriber, 99th percentile", (point) => point.arrival_p99],
  ["Response to provider, median", (point) => point.answer_p50],
].map(([name, of]) => ({ name, of }));

export function Overview() {
  const about = useStore((state) => state.about);
  const overview = useStore((state) => state.overview);
  const points = useStore((state) => state.points);
  if (!overview) return html`<header class="place-head"><h1 tabindex="-1">Overview</h1></header><${Empty} title="Loading …" />`;
  const counts = countsOf(overview);
  return html`
    <header class="place-head">
      <h1 tabindex="-1">Overview</h1>
      <span class="about">${about?.since ? `since ${clock(about.since)}, delayed by a minute or two` : "since the stack started"}</span>
    </header>
    <div class="scrolling overview">
      <ul class="figures">${FIGURES.map((figure) => html`<${Figure} key=${figure[0]} figure=${figure} count=${counts[figure[0]]} points=${points} />`)}</ul>
      <${Flow} counts=${counts} />
      <${Latency} points=${points} />
      <${Providers} overview=${overview} />
    </div>`;
}

function Figure({ figure: [name, title, query], count, points }) {
  return html`
    <li class="card figure" data-figure=${name}>
      <h2><a href=${to("messages", "", query)}>${title}</a></h2>
      <p class="count tabular">${counted(count)}</p>
      <p class="soft tabular">${points.length ? `${perSecond(points.at(-1)[name])} now` : "not measured yet"}</p>
      <${Chart} label="${title} per second" points=${points} lines=${[{ name: "now", of: (point) => point[name] }]} unit=${perSecond} least=${1} tall=${56} ticks=${2} />
    </li>`;
}

function Latency({ points }) {
  const last = (of) => points.map(of).findLast((value) => value !== null && value !== undefined);
  const measured = LATENCIES.some(({ of }) => last(of) !== undefined);
  return html`
    <section class="card" aria-labelledby="latency-title" id="latency">
      <h2 id="latency-title">Latency</h2>
      ${measured ? html`
        <ul class="legend">${LATENCIES.map(({ name, of }, at) => html`<li class="line${at}">${name} <strong class="tabular">${shown(last(of), milliseconds)}</strong></li>`)}</ul>
        <${Chart} label="Latency" points=${points} lines=${LATENCIES} unit=${milliseconds} least=${50} tall=${150} />` : html`<p class="soft">Measured once a message arrives.</p>`}
    </section>`;
}

function Providers({ overview: { providers, last_message: last } }) {
  const columns = [["Accepted", ["Accepted"]], ["Refused", ["Refused", "UnlistedAddress"]], ["Quarantined", ["Quarantined"]], ["Too large", ["TooLarge"]], ["Failed", ["Failed", "NotConfigured"]]];
  return html`
    <section class="card" aria-labelledby="providers-title">
      <h2 id="providers-title">Requests by provider</h2>
      <div class="table" tabindex="0" role="region" aria-label="Request counts">
        <table>
          <thead><tr><th scope="col">Provider</th>${columns.map(([title]) => html`<th scope="col">${title}</th>`)}<th scope="col">Last message</th></tr></thead>
          <tbody>${Object.entries(providers).map(([name, own]) => html`
            <tr data-provider=${name}>
              <th scope="row"><a href=${to("messages", "", { provider: name })}>${name}</a></th>
              ${columns.map(([, names]) => { const sum = names.reduce((sum, each) => sum + (own[each] ?? 0), 0); return html`<td class=${sum ? "" : "none"}>${counted(sum)}</td>`; })}
              <td>${last[name] ? html`<${Time} at=${last[name]} />` : html`<span class="soft">none yet</span>`}</td>
            </tr>`)}</tbody>
        </table>
      </div>
    </section>`;
}
