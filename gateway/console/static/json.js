// JSON with its names and values told apart by colour.

import { html } from "./vendor/htm-preact.js";

const TOKENS = /("(?:[^"\\]|\\.)*")(\s*:)?|(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)/g;
const LONGEST = 60_000;

export function Json({ text }) {
  if (text.length > LONGEST) return text;
  const parts = [];
  let last = 0;
  for (const found of text.matchAll(TOKENS)) {
    const [whole, string, colon = "", other] = found;
    parts.push(text.slice(last, found.index));
    parts.push(other ? html`<span class="json-other">${other}</span>` : html`<span class=${colon ? "json-name" : "json-string"}>${string}</span>${colon}`);
    last = found.index + whole.length;
  }
  return [...parts, text.slice(last)];
}
