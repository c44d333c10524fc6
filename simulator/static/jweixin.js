// Stands in for WeChat's script for pages: wx.config, wx.ready, wx.error, <wx-open-subscribe>.
"use strict";
(() => {
  const base = new URL(document.currentScript.src).origin;
  const waiting = { ready: [], error: [] };
  let tapped = null;

  const ask = (what, told) => {
    const script = document.createElement("script");
    script.src = `${base}/sim/pages/${what}.js?${new URLSearchParams(told)}`;
    script.onload = () => script.remove();
    document.head.append(script);
  };
  const tell = (name, detail) => tapped.dispatchEvent(new CustomEvent(name, { detail }));

  class Subscribe extends HTMLElement {
    connectedCallback() {
      const [style, content] = this.querySelectorAll("script[type='text/wxtag-template']");
      const inside = this.attachShadow({ mode: "open" });
      inside.innerHTML = style.textContent + content.textContent;
      inside.addEventListener("click", () => {
        tapped = this;
        ask("allow", { template: this.getAttribute("template") });
      });
    }
  }

  window.wx = {
    config(told) {
      const { appId, timestamp, nonceStr, signature } = told;
      wx.simulator.tags = told.openTagList || [];
      ask("config", { appId, timestamp, nonceStr, signature, url: location.href.split("#")[0] });
    },
    ready(call) { waiting.ready.push(call); },
    error(call) { waiting.error.push(call); },
    simulator: {
      tags: [],
      configured(told) {
        const isSigned = told === "config:ok";
        if (isSigned && this.tags.includes("wx-open-subscribe")) customElements.define("wx-open-subscribe", Subscribe);
        waiting[isSigned ? "ready" : "error"].forEach((call) => call({ errMsg: told }));
      },
      answered(told) { tell("success", { errMsg: "subscribe:ok", subscribeDetails: told }); },
      failed(told) { tell("error", { errMsg: told }); },
    },
  };
})();
