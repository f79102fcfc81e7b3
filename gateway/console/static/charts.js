// Lines over time, drawn anew with each point; the newest figures stand beside them as text.

import { byId, element, milliseconds, svg } from "./dom.js";

const WIDTH = 300;
const HEIGHT = 90;

const perSecond = (value) => `${value < 10 ? value.toFixed(1) : Math.round(value)}/s`;

const RATE = { unit: perSecond, least: 1, lines: [["received", "Received"], ["published", "Published"]] };
const LATENCY = {
  unit: milliseconds,
  least: 100,
  lines: [["arrival_p50", "Received → arrived, median"], ["arrival_p95", "Received → arrived, 95 %"], ["answer_p50", "Answer to the provider"]],
};

export function drawCharts(points) {
  draw(byId("rate"), points, RATE);
  draw(byId("latency"), points, LATENCY);
}

function draw(place, points, { unit, least, lines }) {
  const values = points.flatMap((point) => lines.map(([name]) => point[name] ?? 0));
  const top = Math.max(least, ...values);
  const seconds = points.length > 1 ? points.at(-1).at - points[0].at : 0;
  const now = lines.map(([name, title]) => [title, points.map((point) => point[name]).findLast((value) => value !== null)]);
  const said = now.map(([title, value]) => `${title}: ${value === undefined ? "none" : unit(value)}`);
  place.replaceChildren(
    element("p", { class: "scale" }, `up to ${unit(top)}, last ${Math.round(seconds)} s`),
    svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", role: "img", "aria-label": said.join("; ") }, ...lines.flatMap(([name], at) => line(points, name, at, top))),
    element("ul", { class: "legend" }, ...said.map((text, at) => element("li", { class: `line${at}` }, text))),
  );
}

// Where nothing was measured, the line goes on from the last value to the next; a single one is a dot.
function line(points, name, at, top) {
  const step = WIDTH / Math.max(1, points.length - 1);
  const places = points.flatMap((point, index) => (point[name] === null ? [] : [`${(index * step).toFixed(1)},${(HEIGHT - 3 - (point[name] / top) * (HEIGHT - 8)).toFixed(1)}`]));
  if (places.length === 0) return [];
  return [svg("polyline", { points: places.length === 1 ? `${places[0]} ${places[0]}` : places.join(" "), class: `line${at}` })];
}
