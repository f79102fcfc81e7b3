// Makes elements. Whatever came from outside becomes text here, never markup: nothing in this folder parses HTML.

const SVG = "http://www.w3.org/2000/svg";

export const byId = (id) => document.getElementById(id);

export function element(tag, attributes = {}, ...children) {
  return filled(document.createElement(tag), attributes, children);
}

export function svg(tag, attributes = {}, ...children) {
  return filled(document.createElementNS(SVG, tag), attributes, children);
}

// A text in its own direction, which cannot turn what stands around it.
export const foreign = (text) => element("bdi", {}, text);

export const counted = (number) => number.toLocaleString("en");

export const clock = (time) => new Date(time).toLocaleTimeString("en-GB");

const UNITS = [[86_400_000, "d"], [3_600_000, "h"], [60_000, "min"], [1_000, "s"]];

export function milliseconds(value) {
  const [size, unit] = UNITS.find(([each]) => value >= each) ?? [1, "ms"];
  return `${(value / size).toFixed(size === 1 ? 0 : 1)} ${unit}`;
}

// A line that unfolds; what is in it is fetched when it is opened for the first time.
export function unfolding(summary, fetched) {
  const inside = element("pre", { tabindex: "0", dir: "auto" }, "…");
  const details = element("details", {}, element("summary", {}, summary), inside);
  details.addEventListener("toggle", async () => {
    if (!details.open || details.dataset.filled) return;
    details.dataset.filled = "yes";
    try {
      inside.textContent = await fetched();
    } catch (error) {
      delete details.dataset.filled;
      inside.textContent = error.message;
    }
  });
  return details;
}

function filled(made, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}
