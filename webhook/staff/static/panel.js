// Tabs of the side panel, by the ARIA pattern; the one chosen stays chosen from chat to chat.
let chosen = "tab-card";

export function usePanel(desk) {
  desk.addEventListener("click", (event) => {
    // A row may say what one wants to see of its conversation.
    chosen = event.target.closest("[data-tab]")?.dataset.tab ?? chosen;
    const tab = event.target.closest("[role=tab]");
    if (tab) show(tab.id);
  });
  desk.addEventListener("keydown", (event) => {
    if (event.target.role !== "tab" || !["ArrowLeft", "ArrowRight"].includes(event.key)) return;
    const tabs = [...desk.querySelectorAll("[role=tab]")];
    const next = tabs[(tabs.indexOf(event.target) + (event.key === "ArrowRight" ? 1 : -1) + tabs.length) % tabs.length];
    show(next.id);
    next.focus();
  });
  document.body.addEventListener("htmx:afterSettle", (event) => {
    if (["thread", "panel"].includes(event.detail.target.id)) show(chosen);
  });
}

function show(id) {
  if (!document.getElementById(id)) return;
  chosen = id;
  for (const tab of document.querySelectorAll("[role=tab]")) {
    const isOpen = tab.id === id;
    tab.setAttribute("aria-selected", String(isOpen));
    tab.tabIndex = isOpen ? 0 : -1;
    document.getElementById(tab.getAttribute("aria-controls")).hidden = !isOpen;
  }
}
