// What the server has told, for all places: kept up with by one stream, drawn at most once a frame.

import { news, post } from "./server.js";
import { announce } from "./announcer.js";
import { useEffect, useState } from "./vendor/htm-preact.js";

const AGAIN_MILLISECONDS = 1000;
const POINTS_KEPT = 300;

const state = { about: null, overview: null, points: [], rows: [], connection: "connecting", refusal: null, resent: {} };

const byId = new Map(); // every row; `state.rows` has those that are listed, newest first
const listeners = new Set();
let due = false;

export const rowOf = (id) => byId.get(id);

function changed() {
  if (due) return;
  due = true;
  const tell = () => {
    due = false;
    if (unsorted) sort();
    listeners.forEach((listener) => listener());
  };
  if (document.hidden) setTimeout(tell, 200);
  else requestAnimationFrame(tell);
}

// What a part of the page needs of the state; it is drawn anew when that is another.
export function useStore(select) {
  const [value, setValue] = useState(() => select(state));
  useEffect(() => {
    const look = () => setValue(() => select(state));
    look();
    listeners.add(look);
    return () => listeners.delete(look);
  }, []);
  return value;
}

let cursor = 0;
let unsorted = false; // many rows may come before they are drawn
function sort() {
  unsorted = false;
  const rows = [...byId.values()].sort(newestFirst);
  for (const old of rows.splice(state.about?.rows_kept ?? 10_000)) byId.delete(old.id);
  state.rows = rows.filter((row) => row.status !== "joined"); // a part: its text is in the row of the whole
}

const newestFirst = (one, other) => (one.at === other.at ? other.number - one.number : one.at < other.at ? 1 : -1);

const heard = {
  about(about) {
    state.about = about;
  },
  rows({ cursor: next, rows }) {
    cursor = next;
    for (const row of rows) byId.set(row.id, row);
    unsorted = true;
  },
  overview({ points, ...overview }) {
    state.overview = overview;
    state.points = [...state.points, ...points.filter(({ at }) => at > (state.points.at(-1)?.at ?? 0))].slice(-POINTS_KEPT);
  },
};

export async function listen() {
  for (;;) {
    try {
      for await (const [kind, document] of news(`api/stream?after=${cursor}`)) {
        Object.assign(state, { connection: "live", refusal: null });
        heard[kind]?.(document);
        changed();
      }
      state.connection = "connecting";
    } catch (error) {
      Object.assign(state, { connection: "connecting", refusal: error.status ? error.message : state.refusal });
    }
    changed();
    await new Promise((resolve) => setTimeout(resolve, AGAIN_MILLISECONDS));
  }
}

// Sends a row's message once more; what became of it stands in its drawer.
export async function resend(id) {
  if (state.resent[id]?.busy) return;
  const settle = (how) => {
    state.resent = { ...state.resent, [id]: how };
    changed();
  };
  settle({ busy: true });
  try {
    const answer = await post("api/resend", { id });
    settle({ answer });
    announce(`Resent: ${answer.became.map(({ says }) => says).join(", ") || answer.reading}`);
  } catch (error) {
    settle({ error: error.message });
    announce(error.message);
  }
}
