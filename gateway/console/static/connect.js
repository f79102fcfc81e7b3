// What to enter in each provider's portal, and whether anything has come of it yet.

import { ago } from "./format.js";
import { Icon } from "./icons.js";
import { to } from "./router.js";
import { get, post } from "./server.js";
import { useStore } from "./store.js";
import { Copy, Doing, Empty, Ticked, useFetched } from "./ui.js";
import { html, useEffect, useState } from "./vendor/htm-preact.js";

const MANY = 6;
const AGAIN_MILLISECONDS = 10_000;

export function Connect() {
  const [found, error] = useFetched(() => get("api/connect"), []);
  const last = useStore((state) => state.overview?.last_message);
  const [wanted, setWanted] = useState("");
  const [, again] = useState(0); // "8 s ago" grows old by itself
  useEffect(() => {
    const timer = setInterval(() => again((times) => times + 1), AGAIN_MILLISECONDS);
    return () => clearInterval(timer);
  }, []);
  const all = found?.providers ?? [];
  const latest = (it) => last?.[it.name] ?? it.last_message_at;
  const shown = all.filter(({ name, title }) => `${name} ${title}`.toLowerCase().includes(wanted.trim().toLowerCase()));
  return html`
    <header class="place-head">
      <h1 tabindex="-1">Connect</h1>
      <span class="about">${found && `${all.filter(latest).length} of ${all.length} have sent a message`}</span>
      ${all.length > MANY && html`<label class="right"><span class="unseen">Find a provider</span><input type="search" value=${wanted} onInput=${({ target }) => setWanted(target.value)} placeholder="Find a provider" /></label>`}
    </header>
    <div class="scrolling">
      ${error && html`<p class="notice bad">${error.message}</p>`}
      ${found && shown.length === 0 && html`<${Empty} title=${all.length ? "No provider matches" : "No provider is installed"} />`}
      <ul class="providers">${shown.map((it) => html`<${Provider} key=${it.name} it=${it} last=${latest(it)} />`)}</ul>
    </div>`;
}

function Provider({ it, last }) {
  const title = `connect-${it.name}`;
  return html`
    <li class="card provider-card" aria-labelledby=${title} data-provider=${it.name}>
      <header>
        <h2 id=${title}>${it.title}</h2>
        ${last ? html`<a class="alive" href=${to("messages", "", { provider: it.name })}><${Icon} name="done" />last message ${ago(last)}</a>` : html`<span class="waiting"><${Icon} name="queued" />${it.last_message_unknown ?? "waiting for the first message"}</span>`}
      </header>
      ${it.faults.map((fault) => html`<p class="notice bad"><span><${Ticked} text=${fault} /></span></p>`)}
      ${it.warnings.map((warning) => html`<p class="notice"><span><${Ticked} text=${warning} /></span></p>`)}
      ${it.remedy && html`<p class="soft"><${Ticked} text=${it.remedy} /></p>`}
      <dl class="facts entries">
        <${Entry} name="URL" value=${it.url} />
        ${it.more_urls.map((url) => html`<${Entry} name="Another URL" value=${url} />`)}
        ${it.token_url && html`<${Entry} name="Token URL" value=${it.token_url} />`}
        ${Object.entries(it.headers).map(([name, value]) => html`<${Entry} name="Header" value=${`${name}: ${value}`} />`)}
      </dl>
      <${Secret} it=${it} />
      <div class="portal">
        <h3>In the portal</h3>
        <ol><li><${Ticked} text=${it.where} /></li>${it.where_token_url && html`<li><${Ticked} text=${it.where_token_url} /></li>`}</ol>
        ${it.docs?.startsWith("https://") && html`<p><a href=${it.docs} target="_blank" rel="noreferrer noopener">The provider's documentation</a></p>`}
        ${it.page && html`<p class="soft small">More: <code>${it.page}</code></p>`}
      </div>
    </li>`;
}

const Entry = ({ name, value }) => html`<dt>${name}</dt><dd class="entry"><code><bdi>${value}</bdi></code><${Copy} text=${value} label="Copy ${name}" /></dd>`;

function Secret({ it }) {
  const [shown, setShown] = useState(null);
  const reveal = (kind) => async () => setShown(await post("api/connect/reveal", { provider: it.name, kind }));
  const kinds = it.secrets?.length ? it.secrets : it.kinds.slice(0, 1).map((kind) => ({ kind, title: kind }));
  return html`
    <div class="secret">
      <h3>Secret</h3>
      ${it.secrets_unknown && html`<p class="soft">${it.secrets_unknown}</p>`}
      ${it.secrets?.length === 0 && html`<p class="soft">Not set.</p>`}
      ${(it.secrets === null || it.secrets.length > 0) && html`
        <ul>${kinds.map(({ kind, title, changed_at: changed }) => html`
          <li>
            <span><${Ticked} text=${title} /> ${changed && html`<span class="soft">set ${ago(changed)}</span>`}</span>
            ${shown?.kind === kind ? html`<button type="button" onClick=${() => setShown(null)} aria-label="Hide the secret of ${it.title}, ${title}">Hide</button>` : html`<${Doing} action=${reveal(kind)} label="Reveal the secret of ${it.title}, ${title}">Reveal<//>`}
          </li>`)}
        </ul>`}
      ${shown && html`<dl class="facts entries revealed">${Object.entries(shown.entries).filter(([name, value]) => name !== "where" && value !== it.url).map(([name, value]) => html`<${Entry} name=${name} value=${value} />`)}</dl>`}
    </div>`;
}
