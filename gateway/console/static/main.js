// The frame of the page: where one is, where one can go, and what the console is connected to.

import { Connect } from "./connect.js";
import { Help } from "./help.js";
import { Icon } from "./icons.js";
import { useKeys } from "./keys.js";
import { Messages } from "./messages.js";
import { Overview } from "./overview.js";
import { Problems, problemsIn } from "./problems.js";
import { PLACES, go, to, useRoute } from "./router.js";
import { Send } from "./send.js";
import { listen, useStore } from "./store.js";
import { Badge } from "./ui.js";
import { html, render, useEffect, useRef } from "./vendor/htm-preact.js";

const VIEWS = { messages: Messages, problems: Problems, connect: Connect, overview: Overview, send: Send };
const TITLES = { messages: "Messages", problems: "Problems", connect: "Connect", overview: "Overview", send: "Send" };

function App() {
  const route = useRoute();
  const about = useStore((state) => state.about);
  const connection = useStore((state) => state.connection);
  const trouble = useStore((state) => state.refusal ?? state.overview?.trouble ?? "");
  const problems = useStore((state) => problemsIn(state.overview));
  const main = useRef();
  const arrived = useRef(false);
  const searching = useRef(false);
  const title = () => main.current.querySelector("h1");

  useKeys({
    ...Object.fromEntries(PLACES.map((place, at) => [String(at + 1), () => go(to(place))])),
    "/": () => {
      searching.current = true;
      go(to("messages"));
    },
  });
  useEffect(() => {
    document.title = `${TITLES[route.place]}${problems ? ` (${problems})` : ""} · Inbound SMS Gateway`;
  }, [route.place, problems]);
  useEffect(() => {
    const place = searching.current ? main.current.querySelector(".search-field input") : title();
    if (arrived.current && !route.part) place?.focus({ preventScroll: true });
    arrived.current = true;
    searching.current = false;
  }, [route.place, route.query.number]);

  const skip = (clicked) => {
    clicked.preventDefault(); // the fragment is the key, and the place
    title().focus();
  };
  return html`
    <div class="shell">
      <header class="side">
        <a class="skip" href="#" onClick=${skip}>Skip to ${TITLES[route.place]}</a>
        <div class="brand"><strong>Inbound SMS Gateway</strong><span class="stack">${about?.stack}</span></div>
        <nav aria-label="Main">
          <ul>${PLACES.map((place) => html`
            <li><a href=${to(place)} aria-current=${route.place === place ? "page" : undefined}><${Icon} name=${place} />${TITLES[place]}${place === "problems" && problems > 0 && html`<${Badge} number=${problems} kind="alarming" />`}</a></li>`)}
          </ul>
        </nav>
        <div class="foot"><span id="connection" role="status" class=${connection}>${connection}</span><${Help} /></div>
      </header>
      <main ref=${main}>
        <p id="trouble" role="alert" class=${trouble ? "notice bad" : ""}>${trouble}</p>
        <div class="view" data-place=${route.place}><${VIEWS[route.place]} route=${route} /></div>
      </main>
    </div>`;
}

render(html`<${App} />`, document.getElementById("app"));
listen();
