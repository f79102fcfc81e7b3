// What became of something that was sent: in a sentence, with a link to its row.

import { milliseconds } from "./format.js";
import { Icon } from "./icons.js";
import { to } from "./router.js";
import { rowOf, useStore } from "./store.js";
import { Code } from "./ui.js";
import { html } from "./vendor/htm-preact.js";

const KINDS = { new: "", duplicate: ", repeated", broken: ", with a broken body", forged: ", with a wrong signature" };
const ICONS = { unknown: "queued", waiting: "incomplete" };
const TONES = { published: "published", joined: "joined", duplicate: "duplicate", quarantined: "quarantined", refused: "refused", failed: "failed", dead: "dead" };

const UNSETTLED = ["queued", "waiting", "unknown"];

// What was not settled when the answer came may be by now.
function Became({ became: { state, says, row } }) {
  const told = useStore((all) => all.rows) && row && rowOf(row);
  const later = UNSETTLED.includes(state) && told && !UNSETTLED.includes(told.status) ? told : null;
  const now = later?.status ?? state;
  return html`
    <li class="chip-line">
      <span class="chip ${TONES[now] ?? ""}"><${Icon} name=${ICONS[now] ?? now} />${now}</span>
      <span><bdi>${!later ? says : later.joined_as ? "joined into the complete text" : `${now} as ${later.event_id ?? later.key ?? later.id}`}</bdi>${row && html` <a href=${to("messages", later?.joined_as ?? row)}>Show message</a>`}</span>
    </li>`;
}

export function Outcome({ sent }) {
  const heard = sent.error ?? `${sent.status} ${sent.answer}`.trim();
  return html`
    <div class="outcome">
      <ul class="became">
        ${sent.became.map((each) => html`<${Became} became=${each} />`)}
      </ul>
      <dl class="facts">
        <dt>Sent</dt><dd>${sent.event}${KINDS[sent.kind] ?? ""}, as ${sent.provider}${sent.requests > 1 ? `, in ${sent.requests} requests` : ""}</dd>
        <dt>Response</dt><dd><bdi>${heard}</bdi> <span class="soft">after ${milliseconds(sent.milliseconds)}</span></dd>
        <dt>Provider</dt><dd>${sent.verdict}. ${sent.reading}</dd>
      </dl>
      <details><summary>What was sent (${sent.content_type})</summary><${Code} text=${sent.sent} label="what was sent" /></details>
    </div>`;
}
