// What became of something that was sent: in a sentence, with a link to its row.

import { milliseconds } from "./format.js";
import { Icon } from "./icons.js";
import { to } from "./router.js";
import { Code } from "./ui.js";
import { html } from "./vendor/htm-preact.js";

const KINDS = { new: "", duplicate: ", the same once more", broken: ", its body broken off", forged: ", with a wrong signature" };
const ICONS = { unknown: "queued", waiting: "incomplete" };
const TONES = { published: "published", joined: "joined", duplicate: "duplicate", quarantined: "quarantined", refused: "refused", failed: "failed", dead: "dead" };

export function Outcome({ sent }) {
  const heard = sent.error ?? `${sent.status} ${sent.answer}`.trim();
  return html`
    <div class="outcome">
      <ul class="became">
        ${sent.became.map(({ state, says, row }) => html`
          <li class="chip-line"><span class="chip ${TONES[state] ?? ""}"><${Icon} name=${ICONS[state] ?? state} />${state}</span>
            <span><bdi>${says}</bdi>${row && html` <a href=${to("messages", row)}>Open its row</a>`}</span></li>`)}
      </ul>
      <dl class="facts">
        <dt>Sent</dt><dd>${sent.event}${KINDS[sent.kind] ?? ""}, as ${sent.provider}${sent.requests > 1 ? `, in ${sent.requests} requests` : ""}</dd>
        <dt>Answer</dt><dd><bdi>${heard}</bdi> <span class="soft">after ${milliseconds(sent.milliseconds)}</span></dd>
        <dt>Provider</dt><dd>${sent.verdict}. ${sent.reading}</dd>
      </dl>
      <details><summary>What was sent (${sent.content_type})</summary><${Code} text=${sent.sent} label="what was sent" /></details>
    </div>`;
}
