// All that is known of one message, beside the list: what happened, the event, what the provider sent, how to send it again.

import { fullTime, milliseconds } from "./format.js";
import { Icon } from "./icons.js";
import { Json } from "./json.js";
import { Marked } from "./marked.js";
import { Outcome } from "./outcome.js";
import { Result } from "./quarantine.js";
import { to } from "./router.js";
import { Route } from "./row.js";
import { get, post } from "./server.js";
import { Chips, Says } from "./statuses.js";
import { resend, rowOf, useStore } from "./store.js";
import { Timeline } from "./timeline.js";
import { Code, Copy, Doing } from "./ui.js";
import { html, useEffect, useLayoutEffect, useRef, useState } from "./vendor/htm-preact.js";

const TABS = { timeline: "Timeline", event: "Event", payload: "Provider's payload", curl: "Copy as curl" };

export function Drawer({ id, onClose }) {
  const told = useStore((state) => state.rows) && rowOf(id); // drawn anew when the row is another
  const resent = useStore((state) => state.resent)[id];
  const [{ of, detail, error }, setFound] = useState({});
  const [tab, setTab] = useState("timeline");
  const title = useRef();

  useEffect(() => {
    let wanted = true;
    const settle = (how) => wanted && setFound(how);
    get(`api/row?id=${encodeURIComponent(id)}`).then(
      (detail) => settle({ of: id, detail }),
      (failed) => settle({ of: id, error: failed.message }),
    );
    return () => (wanted = false);
  }, [id, told]);

  useLayoutEffect(() => title.current.focus({ preventScroll: true }), [id]);

  const known = of === id ? detail : undefined;
  const row = told ?? known?.row;
  return html`
    <aside class="drawer" aria-labelledby="drawer-title">
      <header class="drawer-head">
        <h2 id="drawer-title" ref=${title} tabindex="-1">${row ? row.provider : "Message"}</h2>
        ${row && html`<${Chips} row=${row} />`}
        <button type="button" class="quiet close" onClick=${onClose} aria-label="Close"><${Icon} name="close" /></button>
      </header>
      ${row && html`<${Summary} row=${row} />`}
      <div class="drawer-actions">
        <button type="button" onClick=${() => resend(id)} disabled=${!known || known.resend_unknown !== null} aria-disabled=${Boolean(resent?.busy)} aria-describedby="resend-why">
          <${Icon} name="replay" />${resent?.busy ? "Resending …" : "Resend"}
        </button>
        ${row?.status === "quarantined" && row.key && html`<${Replay} of=${row.key} />`}
        <span id="resend-why" class="soft">${known?.resend_unknown ?? ""}</span>
      </div>
      ${resent?.answer && html`<${Outcome} sent=${resent.answer} />`}
      ${resent?.error && html`<p class="notice bad">${resent.error}</p>`}
      ${of === id && error && html`<p class="notice bad">${error}</p>`}
      <${Tabs} chosen=${tab} onChoose=${setTab} />
      <div class="drawer-body" role="tabpanel" id="panel" aria-labelledby="tab-${tab}" tabindex="0" key=${`${id} ${tab}`}>
        ${known ? html`<${Panel} tab=${tab} detail=${known} row=${row} />` : !error && html`<p class="soft">…</p>`}
      </div>
    </aside>`;
}

function Replay({ of }) {
  const [result, setResult] = useState(null);
  const replay = async () => setResult((await post("api/quarantine/replay", { keys: [of] })).results[0]);
  return html`<${Doing} action=${replay} kind="main"><${Icon} name="replay" />Replay<//>${result && html`<${Result} result=${result} />`}`;
}

function Summary({ row }) {
  return html`
    <div class="drawer-summary">
      <p class="said-whole"><${Says} row=${row} whole=${true} /></p>
      <dl class="facts">
        <dt>From → to</dt><dd><${Route} row=${row} /></dd>
        <dt>Received</dt><dd class="tabular">${fullTime(row.at)}${row.milliseconds === null ? "" : `, reached a subscriber after ${milliseconds(row.milliseconds)}`}</dd>
        <dt>ID</dt><dd class="id"><code><bdi>${row.event_id ?? row.key ?? row.request_id}</bdi></code><${Copy} text=${row.event_id ?? row.key ?? row.request_id ?? ""} label="Copy the ID" /></dd>
        ${row.reason && row.text !== null && html`<dt>Reason</dt><dd><bdi>${row.reason}</bdi></dd>`}
        ${row.joined_as && html`<dt>Part of</dt><dd><a href=${to("messages", row.joined_as)}>the complete text</a></dd>`}
        ${row.became.length > 0 && html`<dt>Replayed as</dt><dd>${row.became.map((id) => html`<a href=${to("messages", id)}><bdi>${id.replace(/^event:/, "")}</bdi></a> `)}</dd>`}
      </dl>
    </div>`;
}

function Tabs({ chosen, onChoose }) {
  const names = Object.keys(TABS);
  const press = (pressed) => {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[pressed.key];
    if (!by) return;
    const next = names[(names.indexOf(chosen) + by + names.length) % names.length];
    onChoose(next);
    document.getElementById(`tab-${next}`).focus();
  };
  return html`
    <div class="tabs" role="tablist" aria-label="Details" onKeyDown=${press}>
      ${names.map((name) => html`<button type="button" role="tab" id="tab-${name}" aria-controls="panel" aria-selected=${name === chosen} tabindex=${name === chosen ? 0 : -1} onClick=${() => onChoose(name)}>${TABS[name]}</button>`)}
    </div>`;
}

const Unknown = ({ children }) => html`<p class="soft">${children ?? "Unknown"}</p>`;

function Panel({ tab, detail, row }) {
  const { event, payload, curl, record } = detail;
  switch (tab) {
    case "timeline":
      return html`<${Timeline} detail=${detail} />`;
    case "event":
      return event ? html`<${Code} text=${JSON.stringify(event, null, 2)} label="the event"><${Json} text=${JSON.stringify(event, null, 2)} /><//>` : html`<${Unknown}>${detail.event_unknown}<//>`;
    case "payload":
      return html`
        ${payload ? html`
          <${Code} text=${payload.text} label="the payload">${detail.mark ? html`<${Marked} text=${payload.text} mark=${detail.mark} />` : payload.text}<//>
          <p class="soft small">${payload.format.toUpperCase()}, ${payload.exact ? "byte for byte as received" : "as parsed, not byte for byte"}.${row?.reason && detail.mark ? html` Marked: <bdi>${row.reason}</bdi>` : ""}</p>` : html`<${Unknown}>${detail.payload_unknown}<//>`}
        ${record && html`<h3>Quarantine record</h3><${Code} text=${JSON.stringify(record, null, 2)} label="the record"><${Json} text=${JSON.stringify(record, null, 2)} /><//>`}`;
    default:
      return curl ? html`<${Code} text=${curl} label="the command" /><p class="soft small">It contains the local stack's secret, and sends the message again.</p>` : html`<${Unknown}>${detail.curl_unknown}<//>`;
  }
}
