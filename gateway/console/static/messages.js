// The start: every message that came, newest first, and what became of it.

import { Conversation } from "./conversation.js";
import { Drawer } from "./drawer.js";
import { Filters } from "./filters.js";
import { counted, plural } from "./format.js";
import { Icon } from "./icons.js";
import { useKeys } from "./keys.js";
import { MessageRow, Head } from "./row.js";
import { go, to } from "./router.js";
import { filtered, isFiltered } from "./search.js";
import { resend, useStore } from "./store.js";
import { Empty } from "./ui.js";
import { Virtual } from "./virtual.js";
import { html, useCallback, useEffect, useMemo, useRef, useState } from "./vendor/htm-preact.js";

const DENSE = 36;
const COMPACT = 64;
const NARROW = 760; // of the list, which has less room beside an open drawer

export function Messages({ route }) {
  const { query, part } = route;
  const arrived = useStore((state) => state.rows);
  const about = useStore((state) => state.about);
  const logs = useStore((state) => state.overview?.logs_unknown);
  const [held, setHeld] = useState(null); // the rows of the moment of pausing
  const [chosen, setChosen] = useState(part || undefined);
  const rows = held ?? arrived;
  const unseen = rows.some((row) => row.kind === null && row.status === "published");
  const unknown = [logs, unseen && about?.history_unknown].filter(Boolean);
  const shown = useMemo(() => filtered(rows, query), [rows, query.q, query.provider, query.status, query.time]);
  const known = useMemo(() => held && new Set(held.map((row) => row.id)), [held]);
  const news = useMemo(() => (known ? arrived.filter((row) => !known.has(row.id)).length : 0), [known, arrived]);

  useEffect(() => {
    if (part) setChosen(part);
  }, [part]);

  const open = (id) => go(to("messages", id, query), { replacing: Boolean(part) });
  const close = () => {
    go(to("messages", "", query));
    focusOn(part);
  };
  const move = (by) => {
    if (shown.length === 0) return;
    const at = shown.findIndex((row) => row.id === chosen);
    const next = shown[at < 0 ? 0 : Math.min(shown.length - 1, Math.max(0, at + by))].id;
    setChosen(next);
    if (part) open(next);
    else focusOn(next);
  };
  useKeys({
    j: () => move(1),
    k: () => move(-1),
    r: () => {
      const id = part || chosen;
      if (!id) return false;
      open(id);
      return resend(id);
    },
    Escape: () => (part ? close() : false),
  });

  return html`
    <div class="messages ${part ? "with-drawer" : ""}">
      <div class="place">
        <header class="place-head">
          <h1 tabindex="-1">Messages</h1>
          <span class="about tabular" id="shown">${isFiltered(query) ? `${counted(shown.length)} of ${counted(rows.length)}` : counted(rows.length)}</span>
          <div class="right">
            <button type="button" aria-pressed=${held !== null} onClick=${() => setHeld(held ? null : arrived)}>
              <${Icon} name=${held ? "play" : "pause"} />${held ? `Resume${news ? ` · ${counted(news)} new` : ""}` : "Pause"}
            </button>
          </div>
        </header>
        ${query.number ? html`<${Conversation} rows=${rows} number=${query.number} part=${part} />` : html`
          <${Filters} query=${query} part=${part} providers=${about?.providers ?? []} />
          <${List} rows=${shown} chosen=${chosen} opened=${part} onChoose=${setChosen} onMove=${move} onOpen=${open} empty=${html`<${Nothing} about=${about} query=${query} rows=${rows} />`} />`}
        ${rows.length > 0 && unknown.map((each) => html`<p class="list-foot">${each}</p>`)}
      </div>
      ${part && html`<${Drawer} id=${part} onClose=${close} />`}
    </div>`;
}

// Once it is drawn. What isn't in the list any more leaves the focus to the title of the place.
const focusOn = (id) => requestAnimationFrame(() => (document.querySelector(`[data-id="${CSS.escape(id)}"]`) ?? document.querySelector("h1")).focus({ preventScroll: true }));

function List({ rows, chosen, opened, onChoose, onMove, onOpen, empty }) {
  const place = useRef();
  const [compact, setCompact] = useState(innerWidth < NARROW);
  useEffect(() => {
    const resized = new ResizeObserver(([{ contentRect }]) => setCompact(contentRect.width < NARROW));
    resized.observe(place.current);
    return () => resized.disconnect();
  }, []);
  const latest = useRef();
  latest.current = { onChoose, onOpen };
  const choose = useCallback((id) => latest.current.onChoose(id), []); // rows that stay as they are keep these
  const openRow = useCallback((id) => latest.current.onOpen(id), []);
  const focusable = rows.some((row) => row.id === chosen) ? chosen : rows[0]?.id;
  const press = (pressed) => {
    const by = { ArrowDown: 1, ArrowUp: -1, PageDown: 12, PageUp: -12, Home: -rows.length, End: rows.length }[pressed.key];
    if (pressed.key === "Enter" && pressed.target.matches(".row")) onOpen(focusable);
    else if (by) onMove(by);
    else return;
    pressed.preventDefault();
  };
  return html`
    <div class="list ${compact ? "compact" : ""}" ref=${place} onKeyDown=${press}>
      ${rows.length === 0 ? empty : html`
        <${Virtual} rows=${rows} keyOf=${(row) => row.id} height=${compact ? COMPACT : DENSE} chosen=${chosen} label="Messages" stateOf=${(row) => `${row.id === focusable} ${row.id === opened}`} head=${html`<${Head} />`}
          row=${(row, at, style) => html`<${MessageRow} key=${row.id} row=${row} at=${at} style=${style} focusable=${row.id === focusable} opened=${row.id === opened} onChoose=${choose} onOpen=${openRow} />`} />`}
    </div>`;
}

function Nothing({ about, query, rows }) {
  if (!about) return html`<${Empty} title="Connecting …" />`;
  if (isFiltered(query) && rows.length > 0) {
    return html`<${Empty} title="No matches">None of ${plural(rows.length, "message")} matches. <a href=${to("messages")}>Show all messages</a>.<//>`;
  }
  return html`
    <${Empty} title="Waiting for the first message">
      ${about.can.send ? html`<p><a href=${to("send")}>Send one as any provider</a>, or <a href=${to("connect")}>connect a provider</a>.</p>` : html`<p>Messages appear here as they arrive. <a href=${to("connect")}>Connect</a> shows what to enter in each provider's portal.</p>`}
      ${about.history_unknown && html`<p class="soft">${about.history_unknown}</p>`}
    <//>`;
}
