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

// What was not settled when the answer came may be by now. A row that was there before is an earlier request's.
function laterOf({ state, duplicates }, told) {
  if (!UNSETTLED.includes(state) || !told) return {};
  const name = told.event_id ?? told.key ?? told.id;
  if (duplicates !== null) return told.duplicates > duplicates ? { state: "duplicate", says: `dropped as a duplicate of ${name}` } : {};
  if (UNSETTLED.includes(told.status)) return {};
  if (told.joined_as) return { state: told.status, says: "joined into the complete text", row: told.joined_as };
  return { state: told.status, says: `${told.status} as ${name}` };
}

function Became({ became }) {
  const told = useStore((all) => all.rows) && became.row && rowOf(became.row);
  const { state, says, row } = { ...became, ...laterOf(became, told) };
  return html`
    <li class="chip-line">
      <span class="chip ${TONES[state] ?? ""}"><${Icon} name=${ICONS[state] ?? state} />${state}</span>
      <span><bdi>${says}</bdi>${row && html` <a href=${to("messages", row)}>Show message</a>`}</span>
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
