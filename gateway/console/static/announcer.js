// One quiet voice for the whole page: what a person did is answered here, and the stream of messages never is.

const place = () => document.getElementById("said");

export function announce(text) {
  if (place().textContent === text) place().textContent = ""; // said again, it is read again
  requestAnimationFrame(() => (place().textContent = text));
}
