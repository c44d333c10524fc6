// Shows the part that asks for notices, once WeChat says that its button works here.
"use strict";
(async () => {
  const part = document.querySelector(".allow");
  if (!part || !window.wx) return;
  const page = encodeURIComponent(location.href.split("#")[0]);
  const answer = await fetch(`${part.dataset.config}?url=${page}`).catch(() => null);
  if (!answer || !answer.ok) return;
  const tag = part.querySelector("wx-open-subscribe");
  const told = part.querySelector(".allow__told");
  tag.addEventListener("success", (event) => {
    // One answer for each template: its id with "accept", or with why not.
    const accepts = JSON.stringify(event.detail.subscribeDetails || "").includes("accept");
    told.textContent = accepts ? "好，有结果时微信通知您一次。" : "没有允许，也没关系：随时在这里看进度。";
    tag.hidden = accepts;
  });
  tag.addEventListener("error", () => { told.textContent = "微信这会儿没有应答，请过一会儿再试。"; });
  wx.ready(() => { part.hidden = false; });
  wx.error(() => { part.hidden = true; });
  document.addEventListener("WeixinOpenTagsError", () => { part.hidden = true; });
  wx.config({ ...(await answer.json()), jsApiList: ["checkJsApi"], openTagList: ["wx-open-subscribe"] });
})();
