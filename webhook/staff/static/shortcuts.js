// One key for what is done all day. Keys rest while somebody types or a dialog is open.
export function useKeys(desk) {
  const rows = () => [...document.querySelectorAll("#queue .row-link")];
  const press = (selector) => document.querySelector(selector)?.click();
  const step = (by) => {
    const all = rows();
    const at = all.findIndex((row) => row.hasAttribute("aria-current"));
    all[Math.min(Math.max(at + by, 0), all.length - 1)]?.click();
  };
  const focus = (tab, field) => { press(tab); document.querySelector(field)?.focus(); };
  const keys = {
    n: () => next(),
    j: () => step(1),
    k: () => step(-1),
    r: () => document.getElementById("words")?.focus(),
    c: () => press("[data-key=claim]"),
    t: () => press("[data-key=transfer]"),
    e: () => press("[data-key=resolve]"),
    p: () => focus("#tab-policy", "#policy-search"),
    m: () => focus("#tab-notes", "#note"),
    f: () => document.getElementById("search").focus(),
    "?": () => document.getElementById("help").showModal(),
    ...Object.fromEntries(["waiting", "mine", "all", "bot", "mentions"].map((name, at) => [String(at + 1), () => press(`[data-queue=${name}]`)])),
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const isField = event.target.closest("input, textarea, select");
    if (event.key === "Escape" && isField) return event.target.blur();
    if (isField || document.querySelector("dialog[open]")) return;
    const act = keys[event.key.toLowerCase()];
    if (!act) return;
    event.preventDefault();
    act();
  });

  // The one who has waited longest may be in a list that is not open.
  async function next() {
    const first = document.getElementById("queue").dataset.waiting.split(",")[0];
    if (!first) return;
    await htmx.ajax("POST", `/staff/conversations/${first}/claim`, { source: desk, target: "#thread" });
    history.pushState({}, "", `/staff/desk/${first}`);
  }
}
