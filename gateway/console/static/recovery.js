// Quarantine and dead letters: what is in them, and the way back.

import { byId, clock, counted, element, foreign, unfolding } from "./dom.js";
import { get, post } from "./server.js";

const known = new Map(); // for each list what it was fetched at: the quarantine's mark, a queue's number
const busy = new WeakSet(); // buttons that are at it
const idle = new WeakSet(); // buttons that there is nothing to do for

// A dead-letter queue's part of the page: that of `events` is there, that of another source is made when it is known.
const partOf = (queue) => document.querySelector(`[data-queue="${queue}"]`) ?? newPart(queue);

function newPart(queue) {
  const part = byId("dead-source").content.cloneNode(true).firstElementChild;
  const title = part.querySelector("h2");
  title.id = `dead-${queue}-title`;
  part.setAttribute("aria-labelledby", title.id);
  part.dataset.queue = queue;
  for (const name of part.querySelectorAll(".source")) name.textContent = queue;
  [...document.querySelectorAll("[data-queue]")].at(-1).after(part);
  redrivable(part);
  return part;
}

// The lists are fetched when what they hold changes, as far as that is known, and after a way back was tried.
export function keptChanged({ kept, dead }) {
  byId("kept").textContent = counted(kept.number);
  changed("quarantine", kept.mark, byId("replayed"), showQuarantine);
  for (const [queue, number] of Object.entries(dead)) {
    const part = partOf(queue);
    part.querySelector(".badge").textContent = counted(number);
    changed(queue, number, part.querySelector(".outcome"), () => showDeadLetters(queue));
  }
}

function changed(name, now, outcome, shown) {
  if (known.get(name) === now) return;
  known.set(name, now);
  shown().catch((error) => {
    known.delete(name); // once more with the next news
    outcome.textContent = error.message;
  });
}

async function showQuarantine() {
  const { mark, items } = await get("api/quarantine");
  known.set("quarantine", mark);
  enable(byId("replay-all"), items.some((item) => item.replayable));
  fill(byId("quarantine"), items, (item) => item.key, quarantined);
}

async function showDeadLetters(queue) {
  const { total, items } = await get(`api/dead-letters/${queue}`);
  known.set(queue, total);
  enable(partOf(queue).querySelector(".redrive"), items.length > 0);
  fill(partOf(queue).querySelector(".cards"), items, (item) => item.message_id, deadLetter);
}

// Keeps what is there already, so that nothing closes, or loses the keyboard's focus, while somebody looks at it.
function fill(list, items, keyOf, made) {
  const there = new Map([...list.children].map((child) => [child.dataset.key, child]));
  const wanted = items.map((item) => there.get(keyOf(item)) ?? made(item));
  items.forEach((item, at) => (wanted[at].dataset.key = keyOf(item)));
  for (const child of [...list.children]) if (!wanted.includes(child)) child.remove();
  wanted.forEach((child, at) => {
    if (list.children[at] !== child) list.insertBefore(child, list.children[at] ?? null);
  });
}

function quarantined(item) {
  const button = element("button", { type: "button", "aria-label": `Replay ${item.key}` }, "Replay");
  enable(button, item.replayable);
  button.addEventListener("click", () => replay([item.key], button));
  const path = `api/quarantine/body?key=${encodeURIComponent(item.key)}`;
  return element(
    "li",
    {},
    element("p", { class: "about" }, element("strong", {}, item.provider), element("time", { datetime: item.received_at }, clock(item.received_at))),
    element("p", { class: "reason" }, foreign(item.reason), item.times ? ` (${item.times})` : ""),
    unfolding(foreign(item.key), async () => {
      const { record, body } = await get(path);
      return `${body}\n\n${JSON.stringify(record, null, 2)}`;
    }),
    element("div", { class: "buttons" }, button),
  );
}

function deadLetter(item) {
  return element(
    "li",
    {},
    element("p", { class: "about" }, element("strong", {}, item.provider ?? "not ours"), element("time", { datetime: item.queued_at }, clock(item.queued_at)), element("span", {}, `${item.receives} tries`)),
    element("p", { class: "reason" }, item.reason),
    unfolding(foreign(item.event_id ?? item.message_id), () => item.body),
  );
}

async function replay(keys, button) {
  await doing(button, byId("replayed"), async () => {
    const { results } = await post("api/quarantine/replay", { keys });
    await showQuarantine();
    return results.map(({ key, outcome, reason, event_ids }) => `${key}: ${outcome.replace("_", " ")}${reason ? ` (${reason})` : ""} ${event_ids.join(", ")}`).join("\n") || "Nothing is left to replay.";
  });
}

function enable(button, useful) {
  if (useful) idle.delete(button);
  else idle.add(button);
  settle(button);
}

function settle(button) {
  button.disabled = busy.has(button) || idle.has(button);
}

async function doing(button, place, done) {
  busy.add(button);
  settle(button);
  place.textContent = "…";
  try {
    place.textContent = await done();
  } catch (error) {
    place.textContent = error.message;
  } finally {
    busy.delete(button);
    settle(button);
  }
}

byId("replay-all").addEventListener("click", () => {
  const keys = [...byId("quarantine").children].map((child) => child.dataset.key);
  if (keys.length) replay(keys, byId("replay-all"));
});

function redrivable(part) {
  const { queue } = part.dataset;
  const button = part.querySelector(".redrive");
  button.addEventListener("click", () =>
    doing(button, part.querySelector(".outcome"), async () => {
      const { moved } = await post(`api/dead-letters/${queue}/redrive`, {});
      await showDeadLetters(queue);
      return `${counted(moved)} moved back`;
    }),
  );
}

redrivable(partOf("events"));
