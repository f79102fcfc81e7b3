// Listens to the server, and hands what it tells to the parts of the page.

import { drawCharts } from "./charts.js";
import { byId, clock } from "./dom.js";
import { arrived, lastNumber } from "./events.js";
import { drawFlow } from "./flow.js";
import { keptChanged } from "./recovery.js";
import { offerSending } from "./send.js";
import { news } from "./server.js";

const AGAIN_MILLISECONDS = 1000;

const heard = {
  about(about) {
    byId("stack").textContent = about.stack;
    byId("since").textContent = about.since ? `counted since ${clock(about.since)}, a minute or two late` : "";
    offerSending(about.senders);
  },
  arrived,
  state(state) {
    drawFlow(state);
    drawCharts(state.points);
    keptChanged(state);
    tell(state.trouble);
  },
};

function tell(trouble) {
  const place = byId("trouble");
  place.hidden = !trouble;
  if (place.textContent !== (trouble ?? "")) place.textContent = trouble ?? "";
}

function connected(how) {
  byId("connection").textContent = how;
  document.body.dataset.connection = how;
}

async function listen() {
  for (;;) {
    try {
      for await (const [kind, document] of news(`api/stream?after=${lastNumber()}`)) {
        connected("live");
        heard[kind]?.(document);
      }
      connected("connecting");
    } catch (error) {
      connected("connecting");
      if (error.status) tell(error.message);
    }
    await new Promise((resolve) => setTimeout(resolve, AGAIN_MILLISECONDS));
  }
}

byId("skip").addEventListener("click", (clicked) => {
  clicked.preventDefault(); // the fragment is the key
  byId("send-title").focus();
});

addEventListener("hashchange", () => location.reload()); // another key
listen();
