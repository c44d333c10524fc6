// Writing a reply: Enter sends, a slash finds a canned reply, a quotation comes from the policy
// search. What is half written stays with its conversation.
import { hidePicks, offerPicks, pickByKey } from "./picks.js";

const words = () => document.getElementById("words");
const canned = () => document.getElementById("canned");
const drafts = new Map();
const TYPING_EVERY = 4000;

export function writeWith(desk) {
  attachFiles(desk);
  let typedAt = 0;
  let cannedDue = null;

  desk.addEventListener("input", (event) => {
    if (event.target.id !== "words") return;
    drafts.set(conversation(), event.target.value);
    clearTimeout(cannedDue);
    const slash = event.target.value.match(/(?:^|\s)\/(\S*)$/);
    if (slash) cannedDue = setTimeout(() => offer(slash[1]), 120);
    else hide();
    if (Date.now() - typedAt > TYPING_EVERY) {
      typedAt = Date.now();
      fetch(form().dataset.typing, { method: "POST", headers: { "X-CSRFToken": token() } }).catch(() => {});
    }
  });

  desk.addEventListener("keydown", (event) => {
    if (event.target.id !== "words" || event.isComposing) return;
    if (!canned().hidden && pickByKey(event, canned(), insertCanned)) return;
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      const said = event.target.value.trim();
      // A slash that found nothing is no answer to anybody.
      if (said && !/^\/\S*$/.test(said)) form().requestSubmit();
    }
  });

  desk.addEventListener("click", (event) => {
    const reply = event.target.closest("#canned [data-pick]");
    if (reply) insertCanned(reply.dataset.pick);
    const quote = event.target.closest("[data-quote]");
    if (quote) insert(quote.dataset.quote);
  });

  // Lines leave one after the other; the next one can be written meanwhile.
  desk.addEventListener("submit", (event) => {
    if (event.target.id !== "composer") return;
    event.preventDefault();
    const text = words().value.trim();
    const [address, id] = [event.target.action, conversation()];
    words().value = "";
    words().focus();
    drafts.delete(id);
    if (text) sending = sending.then(() => send(address, id, text));
  });

  document.body.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target.id !== "thread" || !words()) return;
    words().value = drafts.get(conversation()) ?? "";
    words().focus();
  });
}

let sending = Promise.resolve();
async function send(address, id, text) {
  if (await leaves(address, new URLSearchParams({ text }))) return;
  // What did not leave stands in the box again, before what was written since.
  drafts.set(id, [text, drafts.get(id)].filter(Boolean).join("\n"));
  if (conversation() === id && words()) words().value = drafts.get(id);
}

// Post what is said; tell the page whether it left.
async function leaves(address, body) {
  const headers = { "X-CSRFToken": token(), "HX-Request": "true" };
  const answer = await fetch(address, { method: "POST", headers, body }).catch(() => null);
  if (answer?.ok) {
    document.body.dispatchEvent(new Event("said"));
    return true;
  }
  const detail = answer && { status: answer.status, responseText: await answer.text() };
  document.body.dispatchEvent(new CustomEvent("unsaid", { detail }));
  return false;
}

// Pictures and PDFs: picked, pasted or dropped; they wait for the lines written before them.
function attachFiles(desk) {
  desk.addEventListener("click", (event) => {
    if (event.target.closest("[data-picks]")) document.getElementById("file").click();
  });
  desk.addEventListener("change", (event) => {
    if (event.target.id !== "file") return;
    sendFiles(event.target.files);
    event.target.value = "";
  });
  desk.addEventListener("paste", (event) => {
    if (event.target.id !== "words" || !event.clipboardData.files.length) return;
    event.preventDefault();
    sendFiles(event.clipboardData.files);
  });
  for (const name of ["dragover", "dragleave", "drop"]) {
    desk.addEventListener(name, (event) => {
      if (!form() || !event.dataTransfer.types.includes("Files")) return;
      event.preventDefault();
      form().classList.toggle("composer_dropping", name === "dragover");
      if (name === "drop") sendFiles(event.dataTransfer.files);
    });
  }
}

function sendFiles(files) {
  const address = form().dataset.files;
  for (const file of files) {
    const body = new FormData();
    body.set("file", file);
    sending = sending.then(() => leaves(address, body));
  }
}

const form = () => document.getElementById("composer");
const conversation = () => document.getElementById("talk")?.dataset.conversation;
const token = () => document.querySelector("meta[name=csrf-token]").content;

function insert(text) {
  const box = words();
  if (!box) return;
  box.setRangeText(`${box.value && !box.value.endsWith("\n") ? "\n" : ""}${text}\n`, box.selectionStart, box.selectionEnd, "end");
  drafts.set(conversation(), box.value);
  box.focus();
}

async function offer(start) {
  const answer = await fetch(`${form().dataset.canned}?start=${encodeURIComponent(start)}`, { headers: { "HX-Request": "true" } });
  if (!answer.ok) return;
  canned().innerHTML = await answer.text();
  offerPicks(words(), canned());
}

const hide = () => hidePicks(words(), canned());

function insertCanned(text) {
  const box = words();
  box.value = box.value.replace(/\/(\S*)$/, text);
  drafts.set(conversation(), box.value);
  hide();
  box.focus();
}
