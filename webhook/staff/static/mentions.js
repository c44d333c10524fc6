// Naming a colleague in a note: an @ offers those who may be called, by either of their names.
import { hidePicks, offerPicks, pickByKey } from "./picks.js";

const list = () => document.getElementById("colleagues");
const BEGUN = /@([^\s@]*)$/;

export function mentionWith(desk) {
  desk.addEventListener("input", (event) => {
    if (event.target.id === "note") offer(event.target);
  });
  desk.addEventListener("keydown", (event) => {
    if (event.target.id !== "note" || event.isComposing || list().hidden) return;
    pickByKey(event, list(), take);
  });
  desk.addEventListener("click", (event) => {
    const one = event.target.closest("#colleagues [data-pick]");
    if (one) take(one.dataset.pick);
    else if (list() && event.target.id !== "note") hidePicks(note(), list());
  });
}

const note = () => document.getElementById("note");
const before = () => note().value.slice(0, note().selectionStart);

function offer(box) {
  const begun = before().match(BEGUN)?.[1].toLowerCase();
  let isAnybody = false;
  for (const one of list().querySelectorAll("[data-pick]")) {
    one.hidden = begun === undefined || !one.dataset.says.includes(begun);
    isAnybody ||= !one.hidden;
  }
  if (isAnybody) offerPicks(box, list());
  else hidePicks(box, list());
}

function take(name) {
  const at = before().search(BEGUN);
  note().setRangeText(`@${name} `, at, note().selectionStart, "end");
  hidePicks(note(), list());
  note().focus();
}
