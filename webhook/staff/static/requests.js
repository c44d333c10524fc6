// The desk of applications: keeps the list fresh, and tells when a request has changed under one's hands.
import { follow } from "./live.js";
import { useDialogs } from "./dialogs.js";
import { tellTroubles } from "./troubles.js";

const PAUSE = 800;
const desk = document.getElementById("desk");
const stale = () => document.getElementById("stale");
const mine = Number(desk.dataset.request);

if (document.getElementById("reveal-form")) useDialogs(desk);
tellTroubles();

let due = null;
follow(desk, (change) => {
  if (change.kind !== "request") return;
  if (mine) {
    if (change.request_id === mine) stale().hidden = false;
    return;
  }
  due ??= setTimeout(() => { due = null; refresh(); }, PAUSE);
}, () => {});

// A list in which something is ticked, or that is not the first page, stays as it is until asked.
function refresh() {
  const rows = document.getElementById("rows");
  if (!rows) return;
  if (rows.dataset.first && !rows.querySelector(":checked")) htmx.trigger(document.body, "requests-changed");
  else stale().hidden = false;
}

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-refresh]")) htmx.trigger(document.body, "requests-changed");
  const sentence = event.target.closest("[data-insert]");
  if (sentence) {
    const box = document.querySelector(sentence.dataset.insert);
    box.value = box.value ? `${box.value}${sentence.textContent}` : sentence.textContent;
    box.focus();
  }
});

document.getElementById("filters")?.addEventListener("change", (event) => event.currentTarget.submit());

// A paper is fetched when somebody opens it, not before: each look is on the record.
document.addEventListener("toggle", (event) => {
  const picture = event.target.open && event.target.querySelector?.("img[data-src]");
  if (picture) { picture.src = picture.dataset.src; picture.removeAttribute("data-src"); }
}, true);
