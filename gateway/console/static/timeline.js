// What happened to a message, step by step, with the milliseconds between.

import { clock, fullTime, milliseconds } from "./format.js";
import { to } from "./router.js";
import { html } from "./vendor/htm-preact.js";

const precise = (at) => `${clock(at)}.${String(new Date(at).getMilliseconds()).padStart(3, "0")}`;

// Ids of deliveries are long; their beginnings tell them apart.
const ID = /([0-9a-f]{8})(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;
const Short = ({ text }) => html`<span title=${text}>${text.replace(ID, "$1…")}</span>`;

export function Timeline({ detail: { timeline, timeline_unknown: unknown, parts, missing_parts: missing } }) {
  return html`
    <ol class="timeline">
      ${timeline.map(({ at, what, detail, milliseconds: since, tone, row }) => html`
        <li class=${tone}>
          <span class="step"><strong>${what}</strong>${detail && html` <bdi><${Short} text=${detail} /></bdi>`}${row && html` <a href=${to("messages", row)}>open</a>`}</span>
          <span class="since tabular">${since === null ? "" : `+${milliseconds(since)}`}</span>
          ${at ? html`<time class="tabular" dateTime=${at} title=${fullTime(at)}>${precise(at)}</time>` : html`<span />`}
        </li>`)}
    </ol>
    ${unknown && html`<p class="soft">${unknown}</p>`}
    ${parts && html`
      <h3>Parts</h3>
      <ul class="parts">
        ${parts.map(({ part, id, at, message_id: own }) => html`<li><span class="chip joined">part ${part}</span> <a href=${to("messages", id)}><bdi>${own ?? id.replace(/^event:/, "")}</bdi></a> ${at && html`<time class="soft tabular">${precise(at)}</time>`}</li>`)}
        ${missing.map((part) => html`<li><span class="chip incomplete">part ${part}</span> is missing</li>`)}
      </ul>`}`;
}
