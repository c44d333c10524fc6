// A list of choices beside a box that is being written in. The box keeps the focus: arrow keys go
// through the list, Enter and Tab take, Escape closes; a screen reader hears the chosen one.
export function offerPicks(box, list) {
  list.hidden = false;
  mark(box, list, 0);
}

export function hidePicks(box, list) {
  if (!list || list.hidden) return;
  list.hidden = true;
  box?.removeAttribute("aria-activedescendant");
}

// Whether the key belonged to the list.
export function pickByKey(event, list, take) {
  const [box, offered] = [event.target, shown(list)];
  const at = offered.findIndex((one) => one.getAttribute("aria-selected") === "true");
  if (event.key === "Escape") { hidePicks(box, list); event.stopPropagation(); return true; }
  if (!offered.length) return false;
  if (event.key === "Enter" || event.key === "Tab") {
    event.preventDefault();
    take(offered[Math.max(at, 0)].dataset.pick);
    return true;
  }
  if (!["ArrowDown", "ArrowUp"].includes(event.key)) return false;
  event.preventDefault();
  mark(box, list, (at + (event.key === "ArrowDown" ? 1 : -1) + offered.length) % offered.length);
  return true;
}

const shown = (list) => [...list.querySelectorAll("[data-pick]")].filter((one) => !one.hidden);

function mark(box, list, chosen) {
  shown(list).forEach((one, at) => one.setAttribute("aria-selected", String(at === chosen)));
  const one = shown(list)[chosen];
  if (!one) return box.removeAttribute("aria-activedescendant");
  box.setAttribute("aria-activedescendant", one.id);
  one.scrollIntoView({ block: "nearest" });
}
