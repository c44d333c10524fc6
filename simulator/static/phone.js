"use strict";
// The phone: shows what the simulator says is on the screen, and does what is tapped.
const openid = document.body.dataset.openid;
const at = `/sim/phones/${encodeURIComponent(openid)}`;
const byId = (id) => document.getElementById(id);
const WAYS = { passive: "被动回复", customer_service: "客服消息", template: "模板消息", subscribe: "订阅通知" };
let last = 0;
let menuShown = "";
let templatesShown = "";

const make = (tag, text = "", className = "") => {
  const made = document.createElement(tag);
  made.textContent = text;
  if (className) made.className = className;
  return made;
};

const post = (address, told) =>
  fetch(address, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(told) })
    .then((answer) => (answer.ok ? look() : answer.json().then((why) => alert(why.error || "不行"))));
const act = (deed, told = {}) => post(`${at}/${deed}`, told);

// Addresses become links, and <a href="weixin://bizmsgmenu…"> stays what it is: text.
const withLinks = (element, text) => {
  for (const part of String(text).split(/(https?:\/\/[^\s，。）」]+)/)) {
    if (!/^https?:\/\//.test(part)) { element.append(part); continue; }
    const link = make("a", part);
    Object.assign(link, { href: part, target: "_blank", rel: "noopener" });
    element.append(link);
  }
};

const toEnd = () => { byId("talk").scrollTop = byId("talk").scrollHeight; };

const picture = (media, alt) => {
  const shown = make("img");
  shown.src = /^https?:/.test(media) ? media : `/sim/media/${media}`;
  shown.alt = alt;
  // It takes its room when it has come.
  shown.addEventListener("load", toEnd);
  return shown;
};

const card = (entry, image) => {
  const made = make(entry.url ? "a" : "div", "", "card");
  if (entry.url) Object.assign(made, { href: entry.url, target: "_blank", rel: "noopener" });
  if (image) made.append(picture(image, ""));
  made.append(make("strong", entry.title), make("small", entry.description || entry.page || ""));
  return made;
};

const SHOW = {
  text: (bubble, entry) => withLinks(bubble, entry.text),
  note: (bubble, entry) => bubble.append(entry.text),
  failure: (bubble, entry) => bubble.append(entry.text),
  voice: (bubble, entry) => bubble.append(entry.text ? `语音：${entry.text}` : "语音（微信没听出文字）"),
  image: (bubble, entry) => bubble.append(picture(entry.media, "图片")),
  video: (bubble) => bubble.append("视频"),
  file: (bubble, entry) => bubble.append(`文件：${entry.text}`),
  location: (bubble, entry) => bubble.append(`位置：${entry.text}`),
  news: (bubble, entry) => bubble.append(card(entry, entry.picture)),
  miniprogrampage: (bubble, entry) => bubble.append(make("small", "小程序"), card(entry, entry.media)),
  notice: (bubble, entry) => {
    bubble.classList.add("notice");
    bubble.append(card({ ...entry, description: "" }), entry.lines.join("\n"));
  },
  msgmenu: (bubble, entry) => {
    withLinks(bubble, entry.text);
    for (const one of entry.choices) {
      const button = make("button", one.content, "choice");
      button.type = "button";
      button.addEventListener("click", () => act("say", { text: one.content, choice: one.id }));
      bubble.append(button);
    }
    if (entry.tail) bubble.append(entry.tail);
  },
};

const show = (entry) => {
  const row = make("div", "", `${entry.from} ${entry.kind}`);
  const bubble = make("div", "", "bubble");
  (SHOW[entry.kind] || SHOW.note)(bubble, entry);
  if (entry.way) bubble.append(make("span", WAYS[entry.way] || entry.way, "way"));
  row.append(bubble);
  byId("talk").append(row);
};

const showMenu = (buttons) => {
  const wanted = JSON.stringify(buttons);
  if (wanted === menuShown) return;
  menuShown = wanted;
  const bar = byId("menu");
  bar.replaceChildren();
  bar.hidden = !buttons.length;
  buttons.forEach((button, place) => {
    const column = make("div");
    const top = make("button", (button.sub_button || []).length ? `≡ ${button.name}` : button.name);
    top.type = "button";
    column.append(top);
    if (!(button.sub_button || []).length) {
      top.addEventListener("click", () => tap(button, [place]));
    } else {
      const below = make("div", "", "below");
      below.hidden = true;
      button.sub_button.forEach((entry, inner) => {
        const one = make("button", entry.name);
        one.type = "button";
        one.addEventListener("click", () => { below.hidden = true; tap(entry, [place, inner]); });
        below.append(one);
      });
      top.addEventListener("click", () => {
        const wasHidden = below.hidden;
        bar.querySelectorAll(".below").forEach((one) => { one.hidden = true; });
        below.hidden = !wasHidden;
      });
      column.append(below);
    }
    bar.append(column);
  });
};

const tap = (entry, path) => {
  const kind = String(entry.type);
  if (kind === "view") window.open(entry.url, "_blank", "noopener");
  const told = { path };
  if (kind.startsWith("scancode")) told.result = prompt("扫到的内容") || "";
  // A place is chosen first; the picture follows the tap, as from the phone's own ＋.
  if (kind === "location_select") return openPanel("location", "tap", told);
  if (kind.startsWith("pic_")) pick("image");
  return act("tap", told);
};

const showTemplates = (state) => {
  const wanted = JSON.stringify([state.templates, state.grants, state.muted]);
  if (wanted === templatesShown) return;
  templatesShown = wanted;
  const list = byId("templates");
  list.replaceChildren();
  for (const [template, title] of Object.entries(state.templates)) {
    const row = make("p", "", "row");
    row.append(make("span", `${title}：还允许 ${state.grants[template] || 0} 条`));
    for (const [text, deed, told] of [["允许一条", "allow", { accept: true }], ["拒绝", "allow", { accept: false }], ["关掉", "mute", {}]]) {
      const button = make("button", text);
      button.type = "button";
      button.addEventListener("click", () => act(deed, { template, ...told }));
      row.append(button);
    }
    list.append(row);
  }
};

const span = (seconds) => {
  const pad = (number) => String(number).padStart(2, "0");
  return `${pad(Math.floor(seconds / 3600))}:${pad(Math.floor(seconds / 60) % 60)}:${pad(seconds % 60)}`;
};

let looking = null;
const look = () => {
  looking ??= fetch(`${at}?after=${last}`)
    .then((answer) => answer.json())
    .then((state) => {
      // A simulator that was started anew has nothing of the old talk.
      const isNew = state.shown.length > 0;
      state.shown.forEach(show);
      last += state.shown.length;
      if (isNew) toEnd();
      byId("title").textContent = state.is_typing ? "对方正在输入…" : document.title.split(" · ")[0];
      byId("window").textContent = state.window ? `${state.window.left} 条 · 剩 ${span(state.window.closes_in)}` : "窗口关着";
      byId("clock").textContent = state.clock.ahead ? `快 ${span(state.clock.ahead)}` : "和现在一样";
      if (document.activeElement !== byId("kind")) byId("kind").value = state.account.kind;
      if (document.activeElement !== byId("mode")) byId("mode").value = state.account.mode;
      byId("text").disabled = !state.follows;
      byId("text").placeholder = state.follows ? "说点什么" : "没关注，不能说话";
      showMenu(state.menu);
      showTemplates(state);
      document.body.dataset.codes = JSON.stringify(state.codes);
    })
    .catch(() => { byId("title").textContent = "模拟器停了"; })
    .finally(() => { looking = null; });
  return looking;
};

const record = (text, isBad) => make("li", text, isBad ? "bad" : "");
const showRecords = () =>
  fetch("/sim/records").then((answer) => answer.json()).then((told) => {
    const lines = [
      ...told.tries.slice(-30).map((one) => [one.began_at, `→ 回调 第${one.number}次 ${one.seconds}s ${one.outcome}`, !/^(answered|success)?$/.test(one.outcome)]),
      ...told.calls.slice(-30).map((one) => [one.at, `← ${one.path} ${one.errcode || "ok"}`, one.errcode !== 0]),
    ].sort((a, b) => b[0] - a[0]);
    byId("records").replaceChildren(...lines.map(([, text, isBad]) => record(text, isBad)));
  });

const PANELS = {
  voice: () => [["recognised", "说的话（空着就是微信没听出来）", ""]],
  location: () => [["latitude", "纬度", "41.79"], ["longitude", "经度", "123.38"], ["label", "地名", "沈阳市铁西区"]],
  link: () => [["title", "标题", ""], ["url", "网址", "https://"]],
  scan: () => [["scene", `码的场景，有：${JSON.parse(document.body.dataset.codes || "[]").join("、") || "还没有，先运行 jct wechat qr"}`, ""]],
};
const DEED_OF = { voice: "speak", location: "locate", link: "link", scan: "scan" };

const openPanel = (name, deed = DEED_OF[name], told = {}) => {
  const panel = byId("panel");
  panel.replaceChildren();
  const inputs = PANELS[name]().map(([field, label, value]) => {
    const box = make("label", label);
    const input = make("input");
    Object.assign(input, { name: field, value });
    box.append(input);
    panel.append(box);
    return input;
  });
  const send = make("button", "发送", "send");
  send.type = "button";
  send.addEventListener("click", () => {
    panel.hidden = true;
    act(deed, { ...told, ...Object.fromEntries(inputs.map((input) => [input.name, input.value])) });
  });
  panel.append(send);
  panel.hidden = false;
  byId("more").hidden = true;
};

byId("say").addEventListener("submit", (event) => {
  event.preventDefault();
  const text = byId("text").value.trim();
  if (!text) return;
  byId("text").value = "";
  act("say", { text });
});
byId("more-open").addEventListener("click", () => {
  byId("more").hidden = !byId("more").hidden;
  byId("panel").hidden = true;
});
document.querySelectorAll("[data-panel]").forEach((one) => one.addEventListener("click", () => openPanel(one.dataset.panel)));
const pick = (kind) => {
  byId("file").dataset.kind = kind;
  byId("file").accept = { image: "image/*", video: "video/*" }[kind] || "";
  byId("file").click();
};
document.querySelectorAll("[data-pick]").forEach((one) => one.addEventListener("click", () => pick(one.dataset.pick)));
byId("file").addEventListener("change", () => {
  const [file] = byId("file").files;
  if (!file) return;
  const form = new FormData();
  form.append("kind", byId("file").dataset.kind);
  form.append("file", file);
  byId("file").value = "";
  byId("more").hidden = true;
  fetch(`${at}/send`, { method: "POST", body: form }).then(look);
});
document.querySelectorAll("[data-skip]").forEach((one) => one.addEventListener("click", () => post("/sim/clock", { skip: Number(one.dataset.skip) })));
document.querySelectorAll("[data-deed]").forEach((one) => one.addEventListener("click", () => act(one.dataset.deed)));
for (const name of ["kind", "mode"]) byId(name).addEventListener("change", () => post("/sim/account", { [name]: byId(name).value }));
byId("end-token").addEventListener("click", () => post("/sim/tokens/end", {}));
byId("settings-open").addEventListener("click", () => { byId("settings").showModal(); showRecords(); });
byId("settings-close").addEventListener("click", () => byId("settings").close());
byId("switch").addEventListener("click", () => window.open(`/phone?as=${encodeURIComponent(byId("other").value || "大李")}`, "_blank"));

look();
setInterval(() => { look(); if (byId("settings").open) showRecords(); }, 1000);
