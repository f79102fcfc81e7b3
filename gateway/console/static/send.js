// The form that sends as a provider does, and what the provider makes of the answer.

import { byId, element, foreign, milliseconds } from "./dom.js";
import { post } from "./server.js";

const KINDS = {
  new: "a new one",
  duplicate: "the same once more",
  broken: "its body breaks off",
  forged: "with a wrong signature",
};
const FIELDS = ["sender", "recipient", "text"];

const form = byId("send");
let offered = [];

export function offerSending(senders) {
  form.hidden = senders.length === 0;
  byId("no-sending").hidden = senders.length > 0;
  if (byId("senders").children.length === senders.length) return; // connected anew
  offered = senders;
  byId("senders").replaceChildren(...senders.map(choice));
  if (senders.length) offerEvents();
}

function choice({ name }, number) {
  const input = element("input", { type: "radio", name: "provider", value: name, required: "" });
  input.defaultChecked = number === 0;
  return element("label", {}, input, name);
}

const provider = () => new FormData(form).get("provider");
const eventsOffered = () => offered.find(({ name }) => name === provider()).events;

// Every provider has events of its own; where it has the one that is chosen, that stays.
function offerEvents() {
  const [select, events] = [byId("event"), eventsOffered()];
  const before = select.value;
  select.replaceChildren(...events.map(({ name }) => element("option", { value: name }, name)));
  if (events.some(({ name }) => name === before)) select.value = before;
  offerFields();
}

// What is not filled in is sent as the provider's documentation has it; what the event lacks can't be filled in.
function offerFields() {
  const event = eventsOffered().find(({ name }) => name === byId("event").value);
  for (const field of FIELDS) {
    const input = byId(field);
    input.disabled = event[field] === null;
    input.placeholder = event[field] ?? "this event has none";
  }
  complain();
}

// Shows what is wrong at the field that it is about; with nothing to say, nothing is wrong.
function complain(field, message) {
  for (const each of FIELDS) {
    const wrong = each === field;
    byId(`${each}-error`).textContent = wrong ? message : "";
    if (wrong) byId(each).setAttribute("aria-invalid", "true");
    else byId(each).removeAttribute("aria-invalid");
  }
  if (FIELDS.includes(field)) byId(field).focus();
}

byId("senders").addEventListener("change", offerEvents);
byId("event").addEventListener("change", offerFields);

form.addEventListener("submit", async (submitted) => {
  submitted.preventDefault();
  const wish = { provider: provider(), kind: submitted.submitter?.value ?? "new" };
  if (wish.kind !== "duplicate") {
    wish.event = byId("event").value;
    for (const field of FIELDS) wish[field] = byId(field).disabled ? null : byId(field).value || null;
  }
  complain();
  byId("answer").replaceChildren(element("p", {}, `Sending as ${wish.provider} …`));
  try {
    show(await post("api/send", wish));
  } catch (error) {
    const atField = FIELDS.includes(error.field);
    complain(error.field, error.message);
    byId("answer").replaceChildren(...(atField ? [] : [element("p", { class: "bad" }, error.message)]));
  }
});

byId("text").addEventListener("keydown", (pressed) => {
  if (pressed.key === "Enter" && (pressed.ctrlKey || pressed.metaKey)) form.requestSubmit(form.querySelector("button.main"));
});

function show(sent) {
  const good = sent.verdict === "delivered";
  const got = sent.error ?? `${sent.status} ${sent.answer}`.trim();
  const rows = [
    ["sent", `${sent.event}, ${KINDS[sent.kind]}, as ${sent.provider}`],
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
