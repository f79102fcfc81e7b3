// What could not be published, again and again, by queue; and the way back.

import { announce } from "./announcer.js";
import { counted, plural } from "./format.js";
import { Icon } from "./icons.js";
import { Json } from "./json.js";
import { to } from "./router.js";
import { get, post } from "./server.js";
import { Badge, Code, Doing, Time } from "./ui.js";
import { html, useEffect, useRef, useState } from "./vendor/htm-preact.js";

const SAY = {
  events: "Could not be published after several attempts. Redrive to try again; nothing is published twice.",
  media: "Published, but their files could not be copied. Redrive to try again.",
};
const LISTED = 50; // of each queue, at most
const AGAIN_MILLISECONDS = 1_500;

export function DeadLetters({ dead }) {
  const [queues, setQueues] = useState([]);
  const [moved, setMoved] = useState({});
  const [error, setError] = useState("");
  const before = useRef(Promise.resolve());
  const again = useRef();
  // One after the other: SQS hides from a look, or a redrive, what another is looking at. What was hidden is looked for
  // once more.
  const inTurn = (step) => (before.current = before.current.then(step, step));
  const look = () =>
    inTurn(async () => {
      clearTimeout(again.current);
      const { queues: found } = await get("api/dead-letters");
      setQueues(found);
      setError("");
      if (found.some(({ total, items }) => items.length < Math.min(total, LISTED))) again.current = setTimeout(look, AGAIN_MILLISECONDS);
    }).catch((failed) => setError(failed.message));
  useEffect(() => {
    look();
  }, [JSON.stringify(dead)]);
  useEffect(() => () => clearTimeout(again.current), []);
  const redrive = async (queue) => {
    const { moved: number } = await inTurn(() => post("api/dead-letters/redrive", { queue }));
    setMoved((before) => ({ ...before, [queue]: number }));
    announce(`${plural(number, "message")} moved back`);
    await look();
  };
  return html`
    ${error && html`<p class="notice bad">${error}</p>`}
    ${queues.map((each) => html`<${Queue} key=${each.queue} queue=${each} moved=${moved[each.queue]} onRedrive=${redrive} />`)}`;
}

function Queue({ queue: { queue, provider, total, items }, moved, onRedrive }) {
  const title = `dead-${queue}-title`;
  const source = provider ?? queue;
  const own = queue === "events";
  return html`
    <section class="card" aria-labelledby=${title} data-queue=${queue}>
      <div class="title-line">
        <h2 id=${title}>Dead letters${own ? "" : ` of ${source}`}</h2><${Badge} number=${total} kind=${total ? "alarming" : ""} />
        <${Doing} action=${() => onRedrive(queue)} disabled=${total === 0} label="Redrive all${own ? "" : ` of ${source}`}"><${Icon} name="replay" />Redrive all<//>
      </div>
      <p class="soft">${total === 0 && moved === undefined ? "None." : SAY[queue] ?? `Messages of ${source} that could not be ingested after several attempts. Redrive to try again.`}</p>
      ${moved !== undefined && html`<p class="result"><span class="chip published"><${Icon} name="done" />${counted(moved)} moved back</span></p>`}
      ${items.length < total && items.length > 0 && html`<p class="soft">The oldest ${counted(items.length)} of ${counted(total)}.</p>`}
      <ul>${items.map((item) => html`<${Letter} key=${item.message_id} item=${item} />`)}</ul>
    </section>`;
}

function Letter({ item }) {
  const [open, setOpen] = useState(false);
  return html`
    <li class="kept">
      <div class="kept-line">
        <button type="button" class="quiet unfold" aria-expanded=${open} onClick=${() => setOpen(!open)}><${Icon} name="open" /><${Time} at=${item.queued_at} /><bdi>${item.event_id ?? item.message_id}</bdi></button>
        <span class="soft">${plural(item.receives, "attempt")}</span>
        ${item.row && html`<a href=${to("messages", item.row)}>Timeline</a>`}
      </div>
      <p class="reason"><bdi>${item.reason}</bdi></p>
      ${open && html`<${Code} text=${item.body} label="the message"><${Json} text=${item.body} /><//>`}
    </li>`;
}
