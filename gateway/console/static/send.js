// Sends as any provider does: a message, the same once more, a torn text, and what no provider should send.

import { announce } from "./announcer.js";
import { clock } from "./format.js";
import { Icon } from "./icons.js";
import { Outcome } from "./outcome.js";
import { to } from "./router.js";
import { post } from "./server.js";
import { useStore } from "./store.js";
import { Empty } from "./ui.js";
import { html, useRef, useState } from "./vendor/htm-preact.js";

const LABELS = { sender: "From", recipient: "To", text: "Text" };
const KEPT = 20;

// What is typed and what was sent stay while one looks at other places.
let draft = { provider: "", event: "message", sender: "", recipient: "", text: "", parts: "1" };
let sent = [];

export function Send() {
  const about = useStore((state) => state.about);
  return html`
    <header class="place-head"><h1 tabindex="-1">Send</h1>${about?.can.send && html`<span class="about">as any provider, to this stack</span>`}</header>
    <div class="scrolling">
      ${about && (about.can.send ? html`<${Form} senders=${about.senders} />` : html`
        <${Empty} title="Sending works for local stacks only">The providers' secrets stay in Parameter Store; <code>gateway send PROVIDER --stack ${about.stack}</code> signs with them. <a href=${to("connect")}>Connect</a> shows what to enter in a provider's portal.<//>`)}
    </div>`;
}

function Form({ senders }) {
  const [said, setSaid] = useState(draft);
  const [answers, setAnswers] = useState(sent);
  const [busy, setBusy] = useState(false);
  const [wrong, setWrong] = useState({});
  const form = useRef();
  const set = (changes) => setSaid((draft = { ...said, ...changes }));
  const sender = senders.find(({ name }) => name === said.provider) ?? senders[0];
  const event = sender.events.find(({ name }) => name === said.event) ?? sender.events[0];

  const submit = async (submitted) => {
    submitted.preventDefault();
    if (busy) return;
    const kind = submitted.submitter?.value ?? "new";
    const wish = { provider: sender.name, kind };
    if (kind !== "duplicate") {
      wish.event = event.name;
      for (const field of Object.keys(LABELS)) wish[field] = event[field] === null ? null : said[field] || null;
      if (kind === "new" && event.parts) wish.parts = Number(said.parts);
    }
    setBusy(true);
    setWrong({});
    try {
      const answer = await post("api/send", wish);
      setAnswers((sent = [{ ...answer, at: Date.now() }, ...sent].slice(0, KEPT)));
      requestAnimationFrame(() => document.getElementById("answers")?.scrollIntoView({ block: "nearest" })); // it may be below the form
      announce(answer.became.map(({ says }) => says).join(", ") || answer.reading);
    } catch (error) {
      setWrong({ [error.field ?? "form"]: error.message });
      if (error.field in LABELS) form.current.elements[error.field].focus();
      else announce(error.message);
    } finally {
      setBusy(false);
    }
  };
  const press = (pressed) => {
    if (pressed.key === "Enter" && (pressed.ctrlKey || pressed.metaKey)) form.current.requestSubmit(form.current.querySelector("button.main"));
  };
  const field = (name) => ({ name, id: name, value: said[name], onInput: ({ target }) => set({ [name]: target.value }), disabled: event[name] === null, placeholder: event[name] ?? "not in this event", dir: "auto", autocomplete: "off", spellcheck: false, "aria-invalid": wrong[name] ? "true" : undefined, "aria-describedby": `${name}-error` });

  return html`
    <div class="sending">
      <form ref=${form} class="card" onSubmit=${submit} noValidate>
        <div class="fields">
          <${Field} name="provider" label="As"><select id="provider" value=${sender.name} onChange=${({ target }) => set({ provider: target.value })}>${senders.map(({ name }) => html`<option value=${name}>${name}</option>`)}</select><//>
          <${Field} name="event" label="Event" wrong=${wrong.event}><select id="event" value=${event.name} onChange=${({ target }) => set({ event: target.value })}>${sender.events.map(({ name }) => html`<option value=${name}>${name}</option>`)}</select><//>
          <${Field} name="sender" label="From" wrong=${wrong.sender}><input ...${field("sender")} maxlength="100" /><//>
          <${Field} name="recipient" label="To" wrong=${wrong.recipient}><input ...${field("recipient")} maxlength="100" /><//>
        </div>
        <${Field} name="text" label="Text" wrong=${wrong.text}><textarea ...${field("text")} rows="4" maxlength="50000" onKeyDown=${press} /><//>
        ${event.parts && html`<${Field} name="parts" label="Split into" wrong=${wrong.parts}><select id="parts" value=${said.parts} onChange=${({ target }) => set({ parts: target.value })}>${Array.from({ length: 10 }, (_, at) => html`<option value=${at + 1}>${at === 0 ? "one part" : `${at + 1} parts`}</option>`)}</select><//>`}
        <div class="buttons">
          <button value="new" class="main" aria-disabled=${busy}><${Icon} name="send" />Send</button>
          <button value="duplicate" aria-disabled=${busy}>Send it again</button>
          <button value="broken" aria-disabled=${busy}>Send broken body</button>
          <button value="forged" aria-disabled=${busy}>Send with wrong signature</button>
        </div>
        <p class="soft small">Empty fields are sent with the values from the provider's documentation.</p>
        ${wrong.form && html`<p class="notice bad" role="alert">${wrong.form}</p>`}
      </form>
      <section class="card" aria-labelledby="answers-title" id="answers">
        <h2 id="answers-title">Results</h2>
        ${busy && html`<p class="soft">Sending …</p>`}
        ${!busy && answers.length === 0 && html`<p class="soft">Nothing has been sent yet. A repeated message is dropped as a duplicate, a split text is joined, a broken body is quarantined, a wrong signature is refused.</p>`}
        <ol>${answers.map((answer) => html`<li key=${answer.at} data-at=${answer.at}><time class="soft tabular">${clock(answer.at)}</time><${Outcome} sent=${answer} /></li>`)}</ol>
      </section>
    </div>`;
}

const Field = ({ name, label, wrong, children }) => html`
  <div class="field">
    <label for=${name}>${label}</label>
    ${children}
    <p id="${name}-error" class="bad" role="alert">${wrong ?? ""}</p>
  </div>`;
