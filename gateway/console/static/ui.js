// Parts that several places are made of. Whatever came from outside becomes text nodes here, as everywhere; within a bdi
// it cannot turn the direction of what stands around it.

import { Icon } from "./icons.js";
import { clock, fullTime } from "./format.js";
import { announce } from "./announcer.js";
import { html, useEffect, useRef, useState } from "./vendor/htm-preact.js";

// A sentence of ours: what stands between backquotes is to be typed, or found, as it is.
export const Ticked = ({ text }) => text.split("`").map((part, at) => (at % 2 ? html`<code>${part}</code>` : part));

export const Time = ({ at }) => html`<time dateTime=${at} title=${fullTime(at)}>${clock(at)}</time>`;

export const Empty = ({ title, children }) => html`<div class="empty"><p class="empty-title">${title}</p><div>${children}</div></div>`;

export const Badge = ({ number, kind = "" }) => html`<span class="badge ${kind}">${number > 9_999 ? "9,999+" : number.toLocaleString("en")}</span>`;

export function Copy({ text, label, children }) {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return undefined;
    const timer = setTimeout(() => setCopied(false), 1_600);
    return () => clearTimeout(timer);
  }, [copied]);
  const copy = async () => {
    await navigator.clipboard.writeText(text);
    setCopied(true);
    announce("Copied");
  };
  return html`<button type="button" class="quiet copy" onClick=${copy} aria-label=${label} title=${label}><${Icon} name=${copied ? "done" : "copy"} />${children}</button>`;
}

// A text to be read as it is, with a button that copies it.
export const Code = ({ text, label, children }) => html`
  <div class="code">
    <${Copy} text=${text} label="Copy ${label}" />
    <pre tabindex="0" dir="auto" aria-label=${label} role="region">${children ?? text}</pre>
  </div>`;

// A button that is at it until what it does is done; what goes wrong is told where the button stands.
export function Doing({ action, label, children, kind = "", disabled = false }) {
  const [state, setState] = useState({ busy: false, error: "" });
  const there = useRef(true);
  useEffect(() => () => (there.current = false), []);
  const settle = (next) => there.current && setState(next);
  const act = async () => {
    if (state.busy) return;
    setState({ busy: true, error: "" });
    try {
      await action();
      settle({ busy: false, error: "" });
    } catch (error) {
      settle({ busy: false, error: error.message });
      announce(error.message);
    }
  };
  return html`
    <button type="button" class=${kind} onClick=${act} disabled=${disabled} aria-disabled=${state.busy} aria-label=${label}>${children}</button>
    ${state.error && html`<span class="bad">${state.error}</span>`}`;
}

// What is fetched when it is looked at: [value, error].
export function useFetched(fetched, dependencies) {
  const [found, setFound] = useState([undefined, null]);
  useEffect(() => {
    let wanted = true;
    fetched().then(
      (value) => wanted && setFound([value, null]),
      (error) => wanted && setFound([undefined, error]),
    );
    return () => (wanted = false);
  }, dependencies);
  return found;
}
