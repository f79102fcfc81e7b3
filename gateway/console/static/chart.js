// Lines over time with axes: what the top is, where zero is, how far back the left end lies. The figures are text as well.

import { html } from "./vendor/htm-preact.js";

const WIDTH = 300;

const STEPS = [1, 2, 2.5, 5, 10];

// The least round number that is no less.
function roundedUp(value) {
  const size = 10 ** Math.floor(Math.log10(value));
  return size * STEPS.find((step) => step * size >= value * 0.999_999);
}

export function Chart({ points, lines, unit, least, tall = 120, label, ticks = 3 }) {
  const top = roundedUp(Math.max(least, ...points.flatMap((point) => lines.map(({ of }) => of(point) ?? 0))));
  const said = lines.map(({ name, of }) => `${name} ${shown(points.map(of).findLast((value) => value !== null && value !== undefined), unit)}`);
  const seconds = points.length > 1 ? Math.round(points.at(-1).at - points[0].at) : 0;
  const marks = Array.from({ length: ticks }, (_, at) => (top * (ticks - 1 - at)) / (ticks - 1));
  return html`
    <figure class="chart" role="img" aria-label="${label}: ${said.join(", ")}; the axis goes from 0 to ${unit(top)}, over ${span(seconds)}">
      <div class="chart-plot" style=${{ height: `${tall}px` }}>
        <ul class="axis-y">${marks.map((mark) => html`<li>${unit(mark)}</li>`)}</ul>
        <svg viewBox="0 0 ${WIDTH} ${tall}" preserveAspectRatio="none" aria-hidden="true">
          ${marks.map((mark) => html`<line class="grid" x1="0" x2=${WIDTH} y1=${tall * (1 - mark / top)} y2=${tall * (1 - mark / top)} />`)}
          ${lines.map(({ of }, at) => lineOf(points, of, top, tall, at))}
        </svg>
      </div>
      <div class="axis-x"><span>${seconds ? `${span(seconds)} ago` : ""}</span><span>now</span></div>
    </figure>`;
}

// Where nothing was measured, the line goes on from the last value to the next; a single one is a dot.
function lineOf(points, of, top, tall, at) {
  const step = WIDTH / Math.max(1, points.length - 1);
  const places = points.flatMap((point, index) => {
    const value = of(point);
    return value === null || value === undefined ? [] : [`${(index * step).toFixed(1)},${(tall * (1 - value / top)).toFixed(1)}`];
  });
  if (places.length === 0) return null;
  return html`<polyline class="line${at}" points=${places.length === 1 ? `${places[0]} ${places[0]}` : places.join(" ")} />`;
}

export const shown = (value, unit) => (value === undefined || value === null ? "–" : unit(value));

const span = (seconds) => (seconds >= 7_200 ? `${Math.round(seconds / 3_600)} h` : seconds >= 120 ? `${Math.round(seconds / 60)} min` : `${seconds} s`);
