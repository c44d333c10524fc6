/* Small comforts on top of a page that works without them. */
"use strict";
(() => {
  const log = document.getElementById("log");
  const text = document.getElementById("text");
  const trouble = document.getElementById("trouble");
  const WHY = {
    0: "没发出去。请检查网络，再点一次「发送」。",
    400: "页面放得太久了。请刷新一下再发。",
    429: "发得有点快。请等一会儿再点「发送」。",
  };
  const toEnd = () => { log.scrollTop = log.scrollHeight; };

  document.body.addEventListener("htmx:beforeRequest", (event) => {
    if (event.target.id !== "say") return;
    trouble.hidden = true;
    document.querySelectorAll("#log .choices").forEach((old) => old.classList.add("choices_past"));
    toEnd();
  });
  document.body.addEventListener("htmx:afterRequest", (event) => {
    if (event.target.id !== "say") return;
    if (event.detail.successful) { text.value = ""; text.focus(); }
    else { trouble.textContent = WHY[event.detail.xhr.status] || WHY[0]; trouble.hidden = false; }
  });
  document.body.addEventListener("htmx:afterSettle", toEnd);
  /* A tapped choice is what the person says; the empty line beside it is not. */
  document.body.addEventListener("htmx:configRequest", (event) => {
    const said = event.detail.triggeringEvent?.submitter?.dataset.say;
    if (said) event.detail.parameters.set("text", said);
  });
  toEnd();
})();
