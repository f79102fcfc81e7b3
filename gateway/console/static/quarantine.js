// The quarantine: authentic and not understood, by what was wrong and whose it is; the body with the broken place marked.

import { announce } from "./announcer.js";
import { counted, plural } from "./format.js";
import { Icon } from "./icons.js";
import { Json } from "./json.js";
import { Marked } from "./marked.js";
import { to } from "./router.js";
import { get, post } from "./server.js";
import { Badge, Code, Copy, Doing, Empty, Time, useFetched } from "./ui.js";
import { html, useEffect, useState } from "./vendor/htm-preact.js";

const AT_ONCE = 500;
const SHOWN = 20; // of a group, until somebody wants all

export function Quarantine({ mark, number }) {
  const [known, setKnown] = useState(null);
  const [error, setError] = useState("");
  const [results, setResults] = useState({}); // by key: what the last replay of it led to
  const look = () => get("api/quarantine").then(setKnown).catch((failed) => setError(failed.message));
  useEffect(() => {
    if (mark !== undefined) look();
  }, [mark]);

  const replay = async (keys) => {
    setError("");
    const led = [];
    for (let from = 0; from < keys.length; from += AT_ONCE) led.push(...(await post("api/quarantine/replay", { keys: keys.slice(from, from + AT_ONCE) })).results);
    setResults((before) => ({ ...before, ...Object.fromEntries(led.map((each) => [each.key, each])) }));
    const accepted = led.filter(({ outcome }) => outcome === "accepted").length;
    announce(`${counted(accepted)} of ${plural(keys.length, "message")} accepted`);
    await look();
  };

  const there = new Set(known?.groups.flatMap(({ items }) => items.map(({ key }) => key)));
  const gone = Object.values(results).filter(({ key, outcome }) => outcome === "accepted" && !there.has(key));
  return html`
    <section class="card" aria-labelledby="quarantine-title" id="quarantine">
      <div class="title-line"><h2 id="quarantine-title">Quarantine</h2><${Badge} number=${number} kind=${number ? "alarming" : ""} /></div>
      <p class="soft">Authenticated but not understood. Kept as received until replayed.</p>
      ${error && html`<p class="notice bad" role="alert">${error}</p>`}
      ${gone.length > 0 && html`<ul class="accepted">${gone.map((each) => html`<li key=${each.key}><${Result} result=${each} /></li>`)}</ul>`}
      ${known?.groups.length === 0 && html`<${Empty} title="The quarantine is empty">Requests that the gateway can't read appear here, with the reason.<//>`}
      ${known && known.listed < known.number && html`<p class="soft">The newest ${counted(known.listed)} of ${counted(known.number)}.</p>`}
      ${known?.groups.map((group) => html`<${Group} key=${`${group.provider} ${group.reason}`} group=${group} results=${results} onReplay=${replay} />`)}
    </section>`;
}

function Group({ group: { provider, reason, number, newest_at: newest, items }, results, onReplay }) {
  const [all, setAll] = useState(false);
  const keys = items.filter(({ replayable }) => replayable).map(({ key }) => key);
  return html`
    <section class="group" aria-label="${provider}: ${reason}">
      <header>
        <h3><span class="provider">${provider}</span> <bdi class="reason">${reason}</bdi></h3>
        <p class="soft">${plural(number, "message")}, newest <${Time} at=${newest} /></p>
        ${items.length > 1 && html`<${Doing} action=${() => onReplay(keys)} disabled=${keys.length === 0} label="Replay all ${counted(items.length)} of ${provider}: ${reason}"><${Icon} name="replay" />Replay all ${counted(items.length)}<//>`}
      </header>
      <ul>${(all ? items : items.slice(0, SHOWN)).map((item) => html`<${Kept} key=${item.key} item=${item} result=${results[item.key]} onReplay=${onReplay} />`)}</ul>
      ${!all && items.length > SHOWN && html`<button type="button" onClick=${() => setAll(true)}>Show all ${counted(items.length)}</button>`}
    </section>`;
}

function Kept({ item: { key, received_at: at, times, replayable, row }, result, onReplay }) {
  const [open, setOpen] = useState(false);
  return html`
    <li class="kept" data-key=${key}>
      <div class="kept-line">
        <button type="button" class="quiet unfold" aria-expanded=${open} onClick=${() => setOpen(!open)}><${Icon} name="open" /><${Time} at=${at} /><code>${key.split("/").at(-1).slice(0, 12)}</code></button>
        ${times && html`<span class="soft">${times}</span>`}
        <a href=${to("messages", row)}>Timeline</a>
        <${Doing} action=${() => onReplay([key])} disabled=${!replayable} label="Replay ${key}">Replay<//>
      </div>
      ${result && html`<${Result} result=${result} />`}
      ${open && html`<${Body} of=${key} />`}
    </li>`;
}

export function Result({ result: { key, outcome, reason, event_ids: ids, rows } }) {
  const good = outcome === "accepted";
  return html`<p class="result"><span class="chip ${good ? "published" : "refused"}"><${Icon} name=${good ? "done" : "refused"} />${outcome.replace("_", " ")}</span>
    <span>${good ? "became " : ""}${ids.map((id, at) => html`${at > 0 && ", "}${rows[at] ? html`<a href=${to("messages", rows[at])}><bdi>${id}</bdi></a>` : html`<bdi>${id}</bdi>`}`)}${reason && html` <bdi>${reason}</bdi>`}${good && ids.length === 0 ? key : ""}</span></p>`;
}

function Body({ of }) {
  const [found, error] = useFetched(() => get(`api/quarantine/body?key=${encodeURIComponent(of)}`), [of]);
  if (error) return html`<p class="bad">${error.message}</p>`;
  if (!found) return html`<p class="soft">…</p>`;
  const record = JSON.stringify(found.record, null, 2);
  return html`
    <div class="kept-body">
      <p class="soft">${found.mark && `Line ${counted(found.mark.line)}, column ${counted(found.mark.column)}: `}<bdi>${found.reason}</bdi></p>
      <${Code} text=${found.body} label="the body"><${Marked} text=${found.body} mark=${found.mark} /><//>
      <details><summary>Record</summary><${Code} text=${record} label="the record"><${Json} text=${record} /><//></details>
      <p class="soft small"><code><bdi>${found.key}</bdi></code> <${Copy} text=${found.key} label="Copy the key" /></p>
    </div>`;
}
