// Talks to the server. The key is in the address's fragment, which the browser sends to nobody.

import { key } from "./router.js";

async function asked(path, options = {}) {
  const headers = { Authorization: `Bearer ${key}`, "Content-Type": "application/json" };
  const response = await fetch(path, { ...options, headers, cache: "no-store", credentials: "omit" });
  if (response.ok) return response;
  const answer = await response.json().catch(() => ({}));
  throw Object.assign(new Error(answer.error ?? `The console responded with ${response.status}`), { status: response.status, field: answer.field });
}

export const get = async (path) => (await asked(path)).json();

export const post = async (path, body) => (await asked(path, { method: "POST", body: JSON.stringify(body) })).json();

// Server-sent events over fetch, as EventSource sends no headers. Ends when the server does.
export async function* news(path) {
  const response = await asked(path);
  let rest = "";
  for await (const chunk of chunks(response.body.pipeThrough(new TextDecoderStream()))) {
    const blocks = (rest + chunk).split("\n\n");
    rest = blocks.pop();
    for (const block of blocks) {
      const fields = Object.fromEntries(block.split("\n").map((line) => [line.split(": ", 1)[0], line.slice(line.indexOf(": ") + 2)]));
      if (fields.event) yield [fields.event, JSON.parse(fields.data)];
    }
  }
}

async function* chunks(stream) {
  const reader = stream.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    yield value;
  }
}
