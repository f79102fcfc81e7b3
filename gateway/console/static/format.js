// Figures and times as people read them.

export const counted = (number) => (number ?? 0).toLocaleString("en");

export const plural = (number, one, many = `${one}s`) => `${counted(number)} ${number === 1 ? one : many}`;

const CLOCK = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const DAY = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" });
const FULL = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "long" });

// The time of today; of another day, that as well.
export function clock(at) {
  const [time, now] = [new Date(at), new Date()];
  return time.toDateString() === now.toDateString() ? CLOCK.format(time) : `${DAY.format(time)} ${CLOCK.format(time)}`;
}

export const fullTime = (at) => FULL.format(new Date(at));

const UNITS = [[86_400_000, "d"], [3_600_000, "h"], [60_000, "min"], [1_000, "s"]];

export function milliseconds(value) {
  const [size, unit] = UNITS.find(([each]) => value >= each) ?? [1, "ms"];
  return `${(value / size).toFixed(size === 1 || value / size >= 100 ? 0 : 1)} ${unit}`;
}

export function ago(at, now = Date.now()) {
  const past = now - new Date(at).getTime();
  if (past < 5_000) return "just now";
  const [size, unit] = UNITS.find(([each]) => past >= each) ?? [1_000, "s"];
  return `${Math.floor(past / size)} ${unit} ago`;
}

export const perSecond = (value) => `${value < 10 ? +value.toFixed(1) : Math.round(value)}/s`;
