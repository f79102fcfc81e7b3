// The field and the lists above the messages; what they say is in the address, so that it can be kept, and gone back to.

import { STATUSES } from "./statuses.js";
import { TIMES } from "./search.js";
import { Icon } from "./icons.js";
import { useKeys } from "./keys.js";
import { go, to } from "./router.js";
import { html, useEffect, useRef, useState } from "./vendor/htm-preact.js";

export function Filters({ query, part, providers }) {
  const field = useRef();
  const [typed, setTyped] = useState(query.q ?? "");
  const set = (changes, replacing = true) => go(to("messages", part, { ...query, ...changes }), { replacing });
  useEffect(() => {
    if ((query.q ?? "") !== typed) setTyped(query.q ?? ""); // by a link, or the way back
  }, [query.q]);
  useKeys({
    "/": () => {
      field.current.focus();
      field.current.select();
    },
  });
  const search = ({ target }) => {
    setTyped(target.value);
    set({ q: target.value });
  };
  const choose = (name) => ({ target }) => set({ [name]: target.value }, false);
  return html`
    <search class="filters">
      <label class="search-field">
        <span class="unseen">Search by number, text or ID</span>
        <${Icon} name="search" />
        <input ref=${field} type="search" value=${typed} onInput=${search} placeholder="Search by number, text or ID" autocomplete="off" spellcheck=${false} />
        <kbd aria-hidden="true">/</kbd>
      </label>
      <${Choice} label="Provider" any="All providers" value=${query.provider} onChange=${choose("provider")} options=${providers.map((name) => [name, name])} />
      <${Choice} label="Status" any="All statuses" value=${query.status} onChange=${choose("status")} options=${STATUSES} />
      <${Choice} label="Time" any="Any time" value=${query.time} onChange=${choose("time")} options=${TIMES} />
    </search>`;
}

const Choice = ({ label, any, value = "", options, onChange }) => html`
  <select aria-label=${label} value=${value} onChange=${onChange} class=${value ? "set" : ""}>
    <option value="">${any}</option>
    ${options.map(([name, title]) => html`<option value=${name}>${title}</option>`)}
  </select>`;
