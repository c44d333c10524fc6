// Native dialogs: a button names the one it opens; a form inside closes it when it is sent.
export function useDialogs(desk) {
  let revealing = null;
  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-opens]");
    if (opener) {
      if (opener.dataset.action) revealing = opener;
      document.getElementById(opener.dataset.opens).showModal();
    }
    if (event.target.closest("[data-closes]")) event.target.closest("dialog").close();
  });
  document.getElementById("reveal-form").addEventListener("submit", (event) => {
    const reason = event.target.elements.reason.value;
    htmx.ajax("POST", revealing.dataset.action, { source: desk, target: revealing.dataset.target, swap: "innerHTML", values: { reason } });
    event.target.reset();
  });
}
