// A list of any length of which only what is seen is drawn. Rows are of one height; the one that is chosen is always drawn,
// so that it can keep the keyboard's focus.

import { html, useEffect, useLayoutEffect, useRef, useState } from "./vendor/htm-preact.js";

const BEYOND = 8; // rows drawn above and below those that are seen

// What is at the top stays where it is while new rows come in above it, unless one is at the top of the list.
export function Virtual({ rows, keyOf, row, stateOf, height, chosen, label, head }) {
  const place = useRef();
  const [seen, setSeen] = useState({ top: 0, tall: 800 });
  const top = useRef(undefined); // the first row when it was drawn last

  useEffect(() => {
    const it = place.current;
    const look = () => setSeen((old) => (Math.abs(old.top - it.scrollTop) < height && old.tall === it.clientHeight ? old : { top: it.scrollTop, tall: it.clientHeight }));
    const resized = new ResizeObserver(look);
    resized.observe(it);
    it.addEventListener("scroll", look, { passive: true });
    return () => {
      resized.disconnect();
      it.removeEventListener("scroll", look);
    };
  }, [height]);

  useLayoutEffect(() => {
    const it = place.current;
    const first = top.current;
    top.current = rows[0] && keyOf(rows[0]);
    if (first === undefined || it.scrollTop < height / 2) return;
    const moved = rows.slice(0, 2_000).findIndex((each) => keyOf(each) === first);
    if (moved > 0) it.scrollTop += moved * height;
  }, [rows]);

  const at = chosen === undefined ? -1 : rows.findIndex((each) => keyOf(each) === chosen);
  const tall = useRef(height); // rows are higher beside a drawer: what was at the top stays there
  useLayoutEffect(() => {
    const it = place.current;
    it.scrollTop *= height / tall.current;
    tall.current = height;
    if (at < 0) return;
    const [start, room] = [at * height, it.clientHeight - (head ? it.firstElementChild.offsetHeight : 0)];
    if (start < it.scrollTop) it.scrollTop = start;
    else if (start + height > it.scrollTop + room) it.scrollTop = start + height - room;
  }, [chosen, height]);

  // What is drawn stays as it is until its row, place or state is another: scrolling draws only what comes into sight.
  const before = useRef(new Map());
  const latest = new Map();
  const drawnOf = (at) => {
    const [it, state] = [rows[at], `${at} ${height} ${stateOf(rows[at])}`];
    const old = before.current.get(keyOf(it));
    const drawn = old?.it === it && old.state === state ? old.drawn : row(it, at, { position: "absolute", top: `${at * height}px`, height: `${height}px` });
    latest.set(keyOf(it), { it, state, drawn });
    return drawn;
  };
  const from = Math.max(0, Math.floor(seen.top / height) - BEYOND);
  const until = Math.min(rows.length, Math.ceil((seen.top + seen.tall) / height) + BEYOND);
  const drawn = Array.from({ length: until - from }, (_, each) => from + each);
  if (at >= 0 && (at < from || at >= until)) drawn.push(at);
  useEffect(() => {
    before.current = latest;
  });
  return html`
    <div class="virtual" ref=${place} role="grid" aria-label=${label} aria-rowcount=${rows.length + (head ? 1 : 0)}>
      ${head}
      <div class="virtual-rows" role="rowgroup" style=${{ height: `${rows.length * height}px` }}>
        ${drawn.map(drawnOf)}
      </div>
    </div>`;
}
