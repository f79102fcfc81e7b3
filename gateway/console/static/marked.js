// A body with the broken place marked, and shown: it may be far down.

import { html, useLayoutEffect, useRef } from "./vendor/htm-preact.js";

export function Marked({ text, mark }) {
  const place = useRef();
  useLayoutEffect(() => {
    const around = place.current?.closest("pre");
    if (around) around.scrollTop = place.current.offsetTop - around.clientHeight / 2;
  }, [text, mark?.offset]);
  if (!mark) return text;
  // The server counts characters, the browser UTF-16 units: what is beyond the basic plane has two of them.
  const characters = Array.from(text);
  const [start, end] = [mark.offset, mark.offset + Math.max(1, mark.length)];
  const broken = characters.slice(start, end).join("");
  return html`${characters.slice(0, start).join("")}<mark ref=${place}>${broken || "▏"}</mark>${characters.slice(end).join("")}`;
}
