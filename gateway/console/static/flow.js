// The flow as a picture, with a count on each arrow, and the table beside it.

import { byId, counted, element, svg } from "./dom.js";

const WEBHOOKS = ["Accepted", "Refused", "TooLarge", "Quarantined", "Failed", "UnlistedAddress", "NotConfigured"];
const ROW = 50; // a provider's share of the height
const BOX = 36;
const LINE = 18; // the middle of a box

const narrow = matchMedia("(max-width: 700px)");
let drawn = "";
let latest = null;

narrow.addEventListener("change", () => latest && drawFlow(latest));

export function drawFlow(state) {
  latest = state;
  const providers = Object.keys(state.providers);
  const wanted = `${narrow.matches} ${providers}`;
  if (wanted !== drawn) {
    byId("flow").replaceChildren(picture(providers, narrow.matches));
    byId("providers").replaceChildren(...providers.map(row));
    drawn = wanted;
  }
  const counts = countsOf(state);
  for (const [name, count] of Object.entries(counts)) {
    for (const place of document.querySelectorAll(`[data-count="${CSS.escape(name)}"]`)) put(place, counted(count));
  }
  const said = Object.entries(counts).filter(([name]) => !name.includes(" "));
  byId("flow").firstElementChild.setAttribute("aria-label", `The flow: ${said.map(([name, count]) => `${name} ${count}`).join(", ")}`);
}

function countsOf({ providers, fanout, waiting, dead }) {
  const counts = { received: 0, queued: 0, refused: 0, quarantined: 0, waiting, conflicts: fanout.Conflicts, duplicates: fanout.Duplicates, published: fanout.Published, dead: dead.events ?? 0 };
  for (const [name, own] of Object.entries(providers)) {
    const received = WEBHOOKS.reduce((sum, each) => sum + (own[each] ?? 0), 0);
    counts[`received ${name}`] = received;
    for (const each of WEBHOOKS) counts[`${each} ${name}`] = own[each] ?? 0;
    counts[`Refused ${name}`] += own.UnlistedAddress ?? 0;
    counts[`Failed ${name}`] += own.NotConfigured ?? 0;
    counts.received += received;
    counts.queued += own.Accepted ?? 0;
    counts.refused += counts[`Refused ${name}`] + (own.TooLarge ?? 0);
    counts.quarantined += own.Quarantined ?? 0;
  }
  return counts;
}

function put(place, text) {
  if (place.textContent === text) return;
  const first = place.textContent === "";
  place.textContent = text;
  if (!first && !matchMedia("(prefers-reduced-motion: reduce)").matches) {
    place.animate([{ opacity: 0.2 }, { opacity: 1 }], 600);
  }
}

function row(name) {
  const numbers = ["received", "Accepted", "Refused", "Quarantined", "TooLarge", "Failed"];
  return element("tr", {}, element("th", { scope: "row" }, name), ...numbers.map((each) => element("td", { "data-count": `${each} ${name}` })));
}

function picture(providers, small) {
  const rows = providers.length * ROW;
  const [width, height, parts] = small ? tall(providers, rows) : wide(providers, rows);
  const head = svg("marker", { id: "head", viewBox: "0 0 8 8", refX: 7, refY: 4, markerWidth: 7, markerHeight: 7, orient: "auto" }, svg("path", { d: "M0 0L8 4L0 8z", class: "head" }));
  return svg("svg", { viewBox: `0 0 ${width} ${height}`, role: "img" }, svg("defs", {}, head), ...parts.flat(2));
}

function wide(providers, rows) {
  const end = rows - ROW + BOX;
  const middle = end / 2;
  const low = end + 84;
  return [1000, low + BOX, [
    providers.map((name, at) => [...box(0, at * ROW, 150, BOX, name), ...arrow(`M150 ${at * ROW + LINE}H286`, `received ${name}`, "", 218, at * ROW + 13)]),
    box(290, 0, 130, end, "Webhooks"),
    arrow(`M305 ${end}V${low - 3}`, "refused", "refused", 311, end + 36, "start"),
    box(262, low, 90, BOX, "Refused"),
    arrow(`M400 ${end}V${low - 3}`, "quarantined", "quarantined", 406, end + 36, "start"),
    box(372, low, 110, BOX, "Quarantine"),
    arrow(`M420 ${middle}H516`, "queued", "queued", 468, middle - 6),
    box(520, middle - 32, 100, 64, "Queue", "waiting"),
    svg("path", { d: `M620 ${middle}H656`, class: "arrow", "marker-end": "url(#head)" }),
    box(660, middle - 32, 140, 64, "Fan-out"),
    arrow(`M800 ${middle}H896`, "published", "published", 848, middle - 6),
    box(900, middle - 32, 100, 64, "Topics"),
    arrow(`M672 ${middle + 32}V${low + LINE}H486`, "conflicts", "conflicts", 578, low + LINE - 6),
    arrow(`M715 ${middle + 32}V${low - 3}`, "duplicates", "duplicates", 721, end + 36, "start"),
    box(684, low, 80, BOX, "Dropped"),
    arrow(`M798 ${middle + 32}V${low - 3}`, "dead", "dead", 804, end + 36, "start"),
    box(772, low, 110, BOX, "Dead letters"),
  ]];
}

function tall(providers, rows) {
  const end = rows - ROW + BOX;
  const below = end + 134;
  return [340, below + 282, [
    providers.map((name, at) => [...box(0, at * ROW, 125, BOX, name), ...arrow(`M125 ${at * ROW + LINE}H206`, `received ${name}`, "", 164, at * ROW + 13)]),
    box(210, 0, 130, end, "Webhooks"),
    arrow(`M226 ${end}V${end + 44}H106`, "refused", "refused", 165, end + 38),
    box(0, end + 26, 102, BOX, "Refused"),
    arrow(`M242 ${end}V${end + 100}H106`, "quarantined", "quarantined", 170, end + 94),
    box(0, end + 82, 102, BOX, "Quarantine"),
    arrow(`M276 ${end}V${below - 3}`, "queued", "queued", 282, end + 60, "start"),
    box(210, below, 130, 48, "Queue", "waiting"),
    svg("path", { d: `M276 ${below + 48}V${below + 71}`, class: "arrow", "marker-end": "url(#head)" }),
    box(210, below + 75, 130, 110, "Fan-out"),
    arrow(`M210 ${below + 90}H51V${end + 122}`, "conflicts", "conflicts", 130, below + 84),
    arrow(`M210 ${below + 126}H106`, "duplicates", "duplicates", 158, below + 120),
    box(0, below + 108, 102, BOX, "Dropped"),
    arrow(`M210 ${below + 172}H106`, "dead", "dead", 158, below + 166),
    box(0, below + 154, 102, BOX, "Dead letters"),
    arrow(`M276 ${below + 185}V${below + 239}`, "published", "published", 268, below + 207, "end"),
    box(210, below + 242, 130, BOX, "Topics"),
  ]];
}

// A box with its name, and with a count under it where it holds something.
function box(x, y, width, height, name, count) {
  const [centre, middle] = [x + width / 2, y + height / 2];
  return [
    svg("rect", { x: x + 1, y: y + 1, width: width - 2, height: height - 2, rx: 6, class: "box" }),
    svg("text", { x: centre, y: middle + (count ? -4 : 5), class: "name" }, name),
    ...(count ? [svg("text", { x: centre, y: middle + 15, class: "count" }, svg("tspan", { "data-count": count }), ` ${count}`)] : []),
  ];
}

// Count and name of an arrow: on one line above it where there is room, on two beside it where it goes down.
function arrow(path, count, name, x, y, anchor = "middle") {
  const beside = anchor !== "middle";
  const number = svg("tspan", { "data-count": count, class: "number" });
  const label = name === "" ? [] : beside ? [svg("tspan", { x, dy: 15 }, name)] : [` ${name}`];
  return [
    svg("path", { d: path, class: "arrow", "marker-end": "url(#head)" }),
    svg("text", { x, y, class: "count", "text-anchor": anchor }, number, ...label),
  ];
}
