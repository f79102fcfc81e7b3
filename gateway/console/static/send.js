// The form that sends as a provider does, and what the provider makes of the answer.

import { byId, element, foreign, milliseconds } from "./dom.js";
import { post } from "./server.js";

const KINDS = {
  message: "A message",
  duplicate: "The same once more",
  broken: "A body that breaks off",
  forged: "A wrong signature",
};

const form = byId("send");

export function offerSending(senders) {
  form.hidden = senders.length === 0;
  byId("no-sending").hidden = senders.length > 0;
  if (byId("senders").children.length === senders.length) return; // connected anew
  byId("senders").replaceChildren(...senders.map(choice));
}

function choice({ name }, number) {
  const input = element("input", { type: "radio", name: "provider", value: name, required: "" });
  input.checked = number === 0;
  return element("label", {}, input, name);
}

form.addEventListener("submit", async (submitted) => {
  submitted.preventDefault();
  const kind = submitted.submitter?.value ?? "message";
  const provider = new FormData(form).get("provider");
  byId("answer").replaceChildren(element("p", {}, `Sending as ${provider} …`));
  try {
    show(await post("api/send", { provider, kind, text: byId("text").value || null }));
  } catch (error) {
    byId("answer").replaceChildren(element("p", { class: "bad" }, error.message));
  }
});

byId("text").addEventListener("keydown", (pressed) => {
  if (pressed.key === "Enter" && (pressed.ctrlKey || pressed.metaKey)) form.requestSubmit(form.querySelector("button.main"));
});

function show(sent) {
  const good = sent.verdict === "delivered";
  const got = sent.error ?? `${sent.status} ${sent.answer}`.trim();
  const rows = [
    ["sent", `${KINDS[sent.kind]}, as ${sent.provider}`],
    ["heard", got],
    ["after", milliseconds(sent.milliseconds)],
    ["reads it as", sent.verdict],
    ["and then", sent.reading],
  ];
  byId("answer").replaceChildren(
    element("dl", { class: good ? "good" : "bad" }, ...rows.flatMap(([name, value]) => [element("dt", {}, name), element("dd", {}, foreign(value))])),
    element("details", {}, element("summary", {}, `Body, ${sent.content_type}`), element("pre", { tabindex: "0", dir: "auto" }, sent.sent)),
  );
}
