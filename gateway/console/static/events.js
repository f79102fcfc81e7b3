// The stream of events: newest first, the document of each a click away.

import { byId, clock, element, foreign, milliseconds, unfolding } from "./dom.js";
import { get } from "./server.js";

const SHOWN = 100;

let last = 0;
let paused = false;
const held = [];

export const lastNumber = () => last;

export function arrived(event) {
  last = event.number;
  if (paused) {
    held.push(event);
    if (held.length > SHOWN) held.shift();
    byId("held").textContent = `${held.length} waiting`;
  } else {
    show(event);
  }
}

byId("pause").addEventListener("click", () => {
  paused = !paused;
  byId("pause").setAttribute("aria-pressed", paused);
  byId("held").textContent = "";
  if (!paused) held.splice(0).forEach(show);
});

function show(event) {
  byId("no-events").hidden = true;
  const list = byId("events");
  list.prepend(card(event));
  while (list.children.length > SHOWN) list.lastElementChild.remove();
}

function card(event) {
  const short = event.type.replace(/^inbound-sms\.|\.v1$/g, "");
  const late = event.milliseconds === null ? null : element("span", {}, `after ${milliseconds(event.milliseconds)}`);
  const text = event.text === null ? null : element("p", { class: "text", dir: "auto" }, event.text, event.cut ? " …" : "");
  return element(
    "li",
    {},
    element("p", { class: "about" }, element("strong", {}, event.provider), element("span", {}, short), element("time", { datetime: event.at }, clock(event.at)), late),
    route(event),
    text,
    event.status === null ? null : element("p", {}, "status: ", foreign(event.status)),
    unfolding(foreign(event.id), async () => JSON.stringify(await get(`api/events/${event.number}`), null, 2)),
  );
}

function route({ sender, recipient }) {
  if (sender === null && recipient === null) return null;
  return element("p", {}, foreign(sender ?? "?"), " → ", foreign(recipient ?? "?"));
}
