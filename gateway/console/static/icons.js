// Small drawings of our own, on a grid of 16. They only accompany words, so nobody is read them.

import { html } from "./vendor/htm-preact.js";

const PATHS = {
  messages: "M2.5 3.5h11v7.5H7L4 13.5V11H2.5z",
  problems: "M8 2.5 14 13H2zM8 6.5v3M8 11.2v.1",
  connect: "M6.5 9.5l3-3M7 5l1.6-1.6a2.8 2.8 0 0 1 4 4L11 9M9 11l-1.6 1.6a2.8 2.8 0 0 1-4-4L5 7",
  overview: "M2.5 13.5h11M4.5 11V7.5M8 11V3M11.5 11V5.5",
  send: "M13.5 2.5 2.5 7l4.5 2 2 4.5zM7 9l3-3",
  search: "M7 11.5a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9zM10.3 10.3l3.2 3.2",
  pause: "M5.5 3.5v9M10.5 3.5v9",
  play: "M5 3.5v9l7-4.5z",
  close: "M4 4l8 8M12 4l-8 8",
  copy: "M5.5 5.5h7v8h-7zM10.5 5.5v-3h-7v8h2",
  done: "M3 8.5l3.2 3.2L13 5",
  keyboard: "M1.5 4.5h13v7.5h-13zM4 7h.1M6.6 7h.1M9.3 7h.1M12 7h.1M5 9.6h6",
  back: "M7 3.5 2.5 8 7 12.5M2.5 8h11",
  open: "M6 3.5 10.5 8 6 12.5",
  replay: "M3 8a5 5 0 1 0 1.6-3.7M3 2.5v3h3",
  // what became of a message
  published: "M3 8.5l3.2 3.2L13 5",
  duplicate: "M5.5 5.5h7v7h-7zM10 5.5v-2.5H3v7h2.5",
  joined: "M2.5 4.5h4.5v3M2.5 11.5h4.5v-3M7 8h6.5M11 5.5 13.5 8 11 10.5",
  incomplete: "M8 2.5a5.5 5.5 0 1 0 5.5 5.5M8 5v3.2l2.2 1.3",
  quarantined: "M8 2.5 14 13H2zM8 6.5v3M8 11.2v.1",
  refused: "M8 13.5a5.5 5.5 0 1 0 0-11 5.5 5.5 0 0 0 0 11zM4.2 4.2l7.6 7.6",
  dead: "M5.7 2.5h4.6l3.2 3.2v4.6l-3.2 3.2H5.7l-3.2-3.2V5.7zM6 6l4 4M10 6l-4 4",
  queued: "M8 13.5a5.5 5.5 0 1 0 0-11 5.5 5.5 0 0 0 0 11zM8 5v3.2l2.2 1.3",
  other: "M3.5 8h.1M8 8h.1M12.4 8h.1",
};

export const Icon = ({ name }) => html`<svg class="icon" viewBox="0 0 16 16" aria-hidden="true" focusable="false"><path d=${PATHS[name] ?? PATHS.other} /></svg>`;
