// The keyboard's short ways. They rest while somebody types, or holds Ctrl, Alt or Meta.

import { useEffect, useRef } from "./vendor/htm-preact.js";

export const SHORTCUTS = [
  ["/", "Search messages"],
  ["j / k", "Next / previous message"],
  ["Enter", "Open the message"],
  ["r", "Resend the open or selected message"],
  ["1 … 5", "Messages, Problems, Connect, Overview, Send"],
  ["Esc", "Close the details, or leave the field"],
  ["?", "Show these shortcuts"],
];

const typing = (target) => target.closest("input, textarea, select, [contenteditable]");

// Calls what belongs to a key while the part that asks is on the page; the last part to ask comes first.
const heard = [];

export function useKeys(actions) {
  const latest = useRef(actions);
  latest.current = actions;
  useEffect(() => {
    heard.unshift(latest);
    return () => heard.splice(heard.indexOf(latest), 1);
  }, []);
}

addEventListener("keydown", (pressed) => {
  if (pressed.ctrlKey || pressed.metaKey || pressed.altKey || pressed.defaultPrevented) return;
  if (document.querySelector("dialog[open]")) return;
  if (typing(pressed.target)) {
    if (pressed.key === "Escape") pressed.target.blur();
    return;
  }
  const wanted = heard.find(({ current }) => current[pressed.key]);
  if (wanted && wanted.current[pressed.key](pressed) !== false) pressed.preventDefault();
});
