/* Small comforts on top of a page that works without them. */
"use strict";
(() => {
  const log = document.getElementById("log");
  const text = document.getElementById("text");
  const trouble = document.getElementById("trouble");
  const WHY = {
    0: "没发出去。请检查网络，再点一次「发送」。",
    400: "页面放得太久了。请刷新一下再发。",
    413: "图片太大，最多 10 MB。请拍小一点再发。",
    429: "发得有点快。请等一会儿再点「发送」。",
  };
  const toEnd = () => { log.scrollTop = log.scrollHeight; };

  const says = (event) => event.target.matches("[data-says]");

  document.body.addEventListener("htmx:beforeRequest", (event) => {
    if (!says(event)) return;
    trouble.hidden = true;
    document.querySelectorAll("#log .choices").forEach((old) => old.classList.add("choices_past"));
    toEnd();
  });
  document.body.addEventListener("htmx:afterRequest", (event) => {
    if (!says(event)) return;
    if (event.detail.successful) {
      if (event.target.id === "say") text.value = "";
      text.focus();
    } else {
      // What is wrong with a picture is told by who looked at it.
      const { status, responseText } = event.detail.xhr;
      trouble.textContent = (status === 422 && responseText) || WHY[status] || WHY[0];
      trouble.hidden = false;
    }
  });
  document.getElementById("send-file").addEventListener("htmx:afterRequest", (event) => event.currentTarget.reset());
  // A picture grows when it has come.
  log.addEventListener("load", toEnd, true);
  document.body.addEventListener("htmx:afterSettle", toEnd);
  toEnd();
})();
