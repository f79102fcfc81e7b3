// What the keys do, in the browser's own dialog: it keeps the focus inside, and gives it back.

import { Icon } from "./icons.js";
import { SHORTCUTS, useKeys } from "./keys.js";
import { html, useRef } from "./vendor/htm-preact.js";

export function Help() {
  const dialog = useRef();
  const show = () => dialog.current.showModal();
  useKeys({ "?": show });
  return html`
    <button type="button" class="quiet help" onClick=${show} aria-label="Keyboard shortcuts" title="Keyboard shortcuts (?)"><${Icon} name="keyboard" /></button>
    <dialog ref=${dialog} aria-labelledby="help-title">
      <h2 id="help-title">Keyboard shortcuts</h2>
      <dl class="shortcuts">
        ${SHORTCUTS.map(([keys, what]) => html`<dt>${keys.split(" ").map((key) => (["/", "…"].includes(key) && keys.length > 1 ? html`<span> ${key} </span>` : html`<kbd>${key}</kbd>`))}</dt><dd>${what}</dd>`)}
      </dl>
      <form method="dialog"><button>Close</button></form>
    </dialog>`;
}
