// The way through the gateway as a slim line; each count leads to the messages that it counts.

import { counted } from "./format.js";
import { to } from "./router.js";
import { html } from "./vendor/htm-preact.js";

const WEBHOOKS = ["Accepted", "Refused", "TooLarge", "Quarantined", "Failed", "UnlistedAddress", "NotConfigured"];

export function countsOf({ providers, fanout, waiting, dead }) {
  const sum = (...names) => Object.values(providers).reduce((all, own) => all + names.reduce((some, name) => some + (own[name] ?? 0), 0), 0);
  return {
    received: sum(...WEBHOOKS),
    queued: sum("Accepted"),
    refused: sum("Refused", "UnlistedAddress", "TooLarge"),
    quarantined: sum("Quarantined"),
    failed: sum("Failed", "NotConfigured"),
    waiting,
    published: fanout.Published,
    duplicates: fanout.Duplicates,
    conflicts: fanout.Conflicts,
    dead: Object.values(dead).reduce((all, each) => all + each, 0),
  };
}

const filteredBy = (status) => to("messages", "", { status });

// Each step of the way, and what leaves the way there.
const STEPS = [
  ["received", "Received", () => to("messages"), [["refused", "refused", () => filteredBy("refused")], ["quarantined", "quarantined", () => to("problems")], ["failed", "failed", () => filteredBy("failed")]]],
  ["queued", "Queued", () => filteredBy("queued"), [["waiting", "waiting now", () => filteredBy("queued")]]],
  ["published", "Published", () => filteredBy("published"), [["duplicates", "duplicates", () => filteredBy("duplicate")], ["conflicts", "ID conflicts", () => to("problems")], ["dead", "dead letters", () => to("problems")]]],
];

const QUIET = ["waiting", "duplicates"]; // as it should be

export const Flow = ({ counts }) => html`
  <section class="card" aria-labelledby="flow-title" id="flow">
    <h2 id="flow-title">Flow</h2>
    <ol>
      ${STEPS.map(([name, title, address, leaving]) => html`
        <li>
          <a class="step" href=${address()}><strong class="tabular" data-count=${name}>${counted(counts[name])}</strong><span>${title}</span></a>
          <ul>${leaving.map(([own, words, way]) => html`<li><a href=${way()} class=${counts[own] && !QUIET.includes(own) ? "alarming" : ""}><strong class="tabular" data-count=${own}>${counted(counts[own])}</strong> ${words}</a></li>`)}</ul>
        </li>`)}
    </ol>
  </section>`;
