// All that a number sent and got, oldest first, as people know it from their phones.

import { plural } from "./format.js";
import { Icon } from "./icons.js";
import { to } from "./router.js";
import { ofNumber } from "./search.js";
import { Chips, Says } from "./statuses.js";
import { Copy, Empty, Time } from "./ui.js";
import { html, useEffect, useLayoutEffect, useRef, useState } from "./vendor/htm-preact.js";

const AT_FIRST = 200;

export function Conversation({ rows, number, part }) {
  const [most, setMost] = useState(AT_FIRST);
  const place = useRef();
  const all = ofNumber(rows, number);
  const shown = all.slice(0, most).reverse();
  useEffect(() => setMost(AT_FIRST), [number]);
  useLayoutEffect(() => {
    place.current.scrollTop = place.current.scrollHeight;
  }, [number, all.length]);
  return html`
    <div class="conversation-head">
      <a class="button" href=${to("messages")}><${Icon} name="back" />All messages</a>
      <h2><bdi class="number">${number}</bdi></h2><${Copy} text=${number} label="Copy the number" />
      <span class="soft">${plural(all.length, "message")}</span>
    </div>
    <div class="conversation" ref=${place} tabindex="0" role="region" aria-label="Conversation with ${number}">
      ${all.length === 0 && html`<${Empty} title="No messages for this number">None of the listed messages is from or to it.<//>`}
      ${all.length > most && html`<button type="button" onClick=${() => setMost(most + AT_FIRST)}>Show earlier messages</button>`}
      <ol>${shown.map((row) => html`<${Bubble} key=${row.id} row=${row} number=${number} opened=${row.id === part} />`)}</ol>
    </div>`;
}

function Bubble({ row, number, opened }) {
  const own = row.sender === number;
  const other = own ? row.recipient : row.sender;
  return html`
    <li class="${own ? "own" : "others"} ${opened ? "opened" : ""}">
      <p class="bubble-about"><${Time} at=${row.at} /> ${row.provider} ${own ? "→" : "←"} ${other === null ? "?" : html`<a class="number" href=${to("messages", "", { number: other })}><bdi>${other}</bdi></a>`}</p>
      <a class="bubble" data-id=${row.id} href=${to("messages", row.id, { number })}><${Says} row=${row} whole=${true} /></a>
      <${Chips} row=${row} sparing=${true} />
    </li>`;
}
