// What can become of a message, in words, with a shape and a colour for each.

import { Icon } from "./icons.js";
import { counted } from "./format.js";
import { html } from "./vendor/htm-preact.js";

const joined = ({ parts, incomplete }) => parts !== null && parts.of > 1 && !incomplete;

// For the filter: its name in the address, how it is called, what it lets through.
export const STATUSES = [
  ["published", "Published", (row) => row.status === "published"],
  ["duplicate", "Duplicates", (row) => row.duplicates > 0],
  ["joined", "Joined from parts", (row) => row.status === "published" && joined(row)],
  ["incomplete", "Incomplete", (row) => row.incomplete],
  ["queued", "Queued or waiting", (row) => ["queued", "waiting"].includes(row.status)],
  ["quarantined", "Quarantined", (row) => row.status === "quarantined"],
  ["replayed", "Replayed or removed", (row) => ["replayed", "removed"].includes(row.status)],
  ["refused", "Refused", (row) => row.status === "refused"],
  ["failed", "Failed", (row) => row.status === "failed"],
  ["dead", "Dead letter", (row) => row.status === "dead"],
  ["ignored", "Nothing to store", (row) => row.status === "ignored"],
];

const SHAPES = { waiting: "incomplete", replayed: "replay", removed: "close", failed: "refused", ignored: "other" };
const RECOVERED = { replay: "replayed", backfill: "backfilled", resend: "resent" }; // by an operator
const WORDS = { waiting: "waiting for parts", ignored: "nothing to store" };

const Chip = ({ kind, children }) => html`<span class="chip ${kind}"><${Icon} name=${SHAPES[kind] ?? kind} />${children}</span>`;

// Where nearly everything was published, only what was not, or not plainly, needs a word.
export function Chips({ row, sparing = false }) {
  const { parts, incomplete, duplicates, recovery, status, times } = row;
  const of = parts ? ` ${counted(parts.joined)} of ${counted(parts.of)}` : "";
  return html`<span class="chips">
    ${incomplete ? html`<${Chip} kind="incomplete">incomplete${of}<//>` : status === "published" && joined(row) ? html`<${Chip} kind="joined">joined${of}<//>` : !(sparing && status === "published") && html`<${Chip} kind=${status}>${WORDS[status] ?? status}${status === "quarantined" && times > 1 ? ` ×${counted(times)}` : ""}<//>`}
    ${recovery && html`<${Chip} kind="replayed">${RECOVERED[recovery] ?? recovery}<//>`}
    ${duplicates > 0 && html`<${Chip} kind="duplicate">duplicate ×${counted(duplicates)}<//>`}
  </span>`;
}

const KINDS = { report: "Delivery report", click: "Link clicked", survey: "Survey answered", consent: "Consent changed", unknown: "Unknown event" };

// What a row says where it has a text, and what it is where it has none.
export function Says({ row, whole = false }) {
  if (row.text !== null) return html`<bdi class="said" dir="auto">${row.text}${row.cut ? " …" : ""}</bdi>`;
  const kind = KINDS[row.kind] ?? (row.kind === "other" ? row.type : null);
  const what = [kind, row.delivery_status, row.reason].filter(Boolean).join(" · ");
  return html`<bdi class="unsaid">${what || (whole ? "No text available" : "–")}</bdi>`;
}
