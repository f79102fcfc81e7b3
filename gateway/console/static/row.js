// A row of the table of messages: one line of columns, or two lines where there is little room.

import { Chips, Says } from "./statuses.js";
import { to } from "./router.js";
import { Time } from "./ui.js";
import { html } from "./vendor/htm-preact.js";

export const Head = () => html`
  <div class="row-head" role="row" aria-rowindex="1">
    ${["Time", "Provider", "From → to", "Text", "Status"].map((title) => html`<span role="columnheader">${title}</span>`)}
  </div>`;

export function MessageRow({ row, at, style, focusable, opened, onChoose, onOpen }) {
  return html`
    <div class="row ${opened ? "opened" : ""}" role="row" aria-rowindex=${at + 2} aria-selected=${opened} tabindex=${focusable ? 0 : -1} style=${style} data-id=${row.id} onFocus=${() => onChoose(row.id)} onClick=${() => onOpen(row.id)}>
      <span class="line" role="presentation">
        <span class="cell-time" role="gridcell"><${Time} at=${row.at} /></span>
        <span class="cell-provider" role="gridcell">${row.provider}</span>
        <span class="cell-route" role="gridcell"><${Route} row=${row} tabbed=${false} /></span>
      </span>
      <span class="line" role="presentation">
        <span class="cell-text" role="gridcell"><${Says} row=${row} /></span>
        <span class="cell-status" role="gridcell"><${Chips} row=${row} /></span>
      </span>
    </div>`;
}

// From and to; each leads to its conversation. In the table the keyboard goes from row to row, and to these in the drawer.
export function Route({ row: { sender, recipient }, tabbed = true }) {
  if (sender === null && recipient === null) return html`<span class="unsaid">–</span>`;
  return html`<${Number} number=${sender} tabbed=${tabbed} /><span class="arrow"> → </span><${Number} number=${recipient} tabbed=${tabbed} />`;
}

function Number({ number, tabbed }) {
  if (number === null) return html`<span class="unsaid">?</span>`;
  return html`<a class="number" href=${to("messages", "", { number })} tabindex=${tabbed ? undefined : -1} title="Open the conversation" onClick=${(clicked) => clicked.stopPropagation()}><bdi>${number}</bdi></a>`;
}
