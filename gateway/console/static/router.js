// The address's fragment: #KEY/place/part?filter=value. The key is first and stays; the rest is where one is.

import { useEffect, useState } from "./vendor/htm-preact.js";

export const PLACES = ["messages", "problems", "connect", "overview", "send"];

const decoded = (part) => {
  try {
    return decodeURIComponent(part);
  } catch {
    return part; // an address that somebody has cut off
  }
};

const parsed = () => {
  const [path, query = ""] = location.hash.slice(1).split("?");
  const [own, place, ...rest] = path.split("/");
  return { key: own, place: PLACES.includes(place) ? place : PLACES[0], part: rest.map(decoded).join("/"), query: Object.fromEntries(new URLSearchParams(query)) };
};

export const { key } = parsed();

// The address of a place, which links can have as theirs. Empty filters are left out.
export function to(place, part = "", query = {}) {
  const said = new URLSearchParams(Object.entries(query).filter(([, value]) => value)).toString();
  return `#${key}/${place}${part ? `/${encodeURIComponent(part)}` : ""}${said ? `?${said}` : ""}`;
}

// Going leaves a step for the browser's way back; replacing, as while one types, does not.
export function go(address, { replacing = false } = {}) {
  if (location.hash === address) return;
  if (!replacing) {
    location.hash = address;
    return;
  }
  history.replaceState(null, "", address);
  tell();
}

const listeners = new Set();
const tell = () => listeners.forEach((listener) => listener(parsed()));

addEventListener("hashchange", () => {
  if (parsed().key === key) tell();
  else location.reload();
});

export function useRoute() {
  const [route, setRoute] = useState(parsed);
  useEffect(() => {
    listeners.add(setRoute);
    return () => listeners.delete(setRoute);
  }, []);
  return route;
}
