// The conversation that is open: fetches what is new, keeps every line once and in order.
const talk = () => document.getElementById("talk");
const lines = () => document.getElementById("lines");
const QUEUE_PAUSE = 800;

export function attend(desk) {
  let queueDue = null;
  document.body.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target.id === "thread" || event.detail.target.id === "lines") settle(true);
    if (event.detail.elt.classList?.contains("lines__more")) settle(false);
  });
  // What one has just said is there before the feed tells of it.
  document.body.addEventListener("said", fetchNew);
  document.body.addEventListener("mentions-seen", redrawQueue);
  // Who has taken a chat goes on in their own list.
  document.body.addEventListener("claimed", () => {
    const mine = document.querySelector("[data-queue=mine]");
    if (mine.getAttribute("aria-pressed") !== "true") mine.click();
  });
  // A picture grows when it has come: what stood at the end stays there.
  desk.addEventListener("load", (event) => {
    const box = lines();
    if (!event.target.matches?.(".line__picture") || !box) return;
    if (box.scrollHeight - box.scrollTop - box.clientHeight < event.target.height + 120) box.scrollTop = box.scrollHeight;
  }, true);
  settle(true);

  return (change) => {
    if (change.kind === "request") return;
    if (isOpen(change.conversation)) {
      if (change.kind === "message") { fetchNew(); htmx.trigger(document.body, "case-changed"); }
      if (change.kind === "delivery") { renew(change.message_id); htmx.trigger(document.body, "case-changed"); }
      if (change.kind === "move") moved(change, desk);
      if (change.what === "people") reload();
      else if (["note", "contact"].includes(change.kind) && !isTypingIn("#panel")) htmx.trigger(document.body, "panel-changed");
    }
    // Many changes at once redraw the list once.
    queueDue ??= setTimeout(() => { queueDue = null; redrawQueue(); }, change.kind === "move" ? 60 : QUEUE_PAUSE);
  };
}

// A list that is on its way, because somebody has chosen it, say, is waited for: a change must not
// take a choice back. It may have been read before the change, so the list is asked for again then.
let queueAsked = 0;
let queueStale = false;
function redrawQueue() {
  queueStale = queueAsked > 0;
  if (!queueStale) htmx.trigger(document.body, "queue-changed");
}
document.body.addEventListener("htmx:beforeSend", (event) => {
  if (event.detail.target.id === "queue") queueAsked += 1;
});
document.body.addEventListener("htmx:afterRequest", (event) => {
  if (event.detail.target.id !== "queue") return;
  queueAsked = Math.max(0, queueAsked - 1);
  if (queueStale) setTimeout(redrawQueue);
});

// A colleague writes in the conversation that is open here.
const TYPING_SHOWN = 6000;
let typingEnds = null;
export function showTyping(desk, sign) {
  if (Number(talk()?.dataset.conversation) !== sign.conversation || String(sign.staff) === desk.dataset.me) return;
  document.getElementById("typing").textContent = "同事正在输入…";
  clearTimeout(typingEnds);
  typingEnds = setTimeout(() => { const said = document.getElementById("typing"); if (said) said.textContent = ""; }, TYPING_SHOWN);
}

// Somebody else moved the conversation: what one may do here has changed. Words half written stay.
function moved(change, desk) {
  if (String(change.staff) === desk.dataset.me) return htmx.trigger(document.body, "case-changed");
  reload();
}

function reload() {
  htmx.ajax("GET", `/staff/conversations/${talk().dataset.conversation}`, { target: "#thread" });
}

// Whether a conversation is on the screen: the one that was opened, or the same person's at another door.
const isOpen = (conversation) => Boolean(talk()?.dataset.conversations.split(",").includes(String(conversation)));

// A request may fail while the feed goes on: what it should have brought is asked for again.
const AGAIN_AFTER = 2000;

let fetching = Promise.resolve();
function fetchNew() {
  fetching = fetching.then(async () => {
    const box = lines();
    if (!box) return;
    const last = [...box.querySelectorAll(".line")].at(-1)?.dataset.message ?? 0;
    const answer = await fetch(`${box.dataset.lines}?after=${last}`, { headers: { "HX-Request": "true" } });
    if (!answer.ok) return;
    const isAtEnd = box.scrollHeight - box.scrollTop - box.clientHeight < 80;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const line of fresh.querySelectorAll(".line")) {
      if (!box.querySelector(`[data-message="${line.dataset.message}"]`)) {
        box.append(line);
        htmx.process(line);
      }
    }
    settle(isAtEnd);
  }).catch(() => setTimeout(fetchNew, AGAIN_AFTER));
}

async function renew(messageId) {
  const old = lines()?.querySelector(`[data-message="${messageId}"]`);
  if (!old) return;
  const again = () => setTimeout(() => renew(messageId), AGAIN_AFTER);
  const answer = await fetch(`${lines().dataset.lines}/${messageId}`, { headers: { "HX-Request": "true" } }).catch(again);
  if (!answer.ok) return;
  const line = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector(".line");
  old.replaceWith(line);
  htmx.process(line);
  settle(false);
}

// Put the day above the first line of each, and go to the end if one was there.
function settle(toEnd) {
  const box = lines();
  if (!box) return;
  box.querySelectorAll(".day").forEach((one) => one.remove());
  let day = null;
  for (const line of box.querySelectorAll(".line")) {
    if (line.dataset.day !== day) {
      day = line.dataset.day;
      const mark = document.createElement("p");
      mark.className = "day";
      mark.textContent = day;
      line.before(mark);
    }
  }
  if (toEnd) box.scrollTop = box.scrollHeight;
  document.querySelectorAll(".row-link[data-conversation]").forEach((row) => {
    row.toggleAttribute("aria-current", row.dataset.conversation === talk()?.dataset.conversation);
  });
}

document.body.addEventListener("htmx:afterSettle", (event) => {
  if (event.detail.target.id === "queue") settle(false);
});

function isTypingIn(selector) {
  const field = document.activeElement;
  return Boolean(field?.closest(selector)) && Boolean(field.value);
}
