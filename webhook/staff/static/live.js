// The feed of changes. Each has a number; after a lost connection the feed goes on behind the last
// number seen, so nothing is missed and nothing comes twice. Without a stream (none is free, or a
// proxy holds it back) the console asks every two seconds.
const ASK_EVERY = 2000;
const STREAM_AGAIN = 60000;
const SILENT_FOR = 40000;

export function follow(desk, tell, tellTyping) {
  let number = Number(desk.dataset.number);
  let source = null;
  let heardAt = Date.now();
  let asking = null;
  const lost = document.getElementById("lost");

  const take = (change) => {
    if (change.number <= number) return;
    number = change.number;
    tell(change);
  };

  const open = () => {
    clearInterval(asking);
    source = new EventSource(`${desk.dataset.live}?after=${number}`);
    source.onopen = () => { heardAt = Date.now(); lost.hidden = true; };
    source.onmessage = (event) => { heardAt = Date.now(); lost.hidden = true; take(JSON.parse(event.data)); };
    source.addEventListener("typing", (event) => tellTyping(JSON.parse(event.data)));
    source.addEventListener("beat", () => { heardAt = Date.now(); lost.hidden = true; });
    source.onerror = () => {
      // The browser tries again by itself, unless the server has closed the door.
      if (source.readyState === EventSource.CLOSED) askInstead();
      else setTimeout(() => { lost.hidden = source.readyState === EventSource.OPEN; }, 2500);
    };
  };

  const ask = async () => {
    try {
      const answer = await fetch(`${desk.dataset.changes}?after=${number}`, { headers: { Accept: "application/json" } });
      if (answer.status === 401) return location.reload();
      if (!answer.ok) throw new Error(String(answer.status));
      (await answer.json()).changes.forEach(take);
      lost.hidden = true;
    } catch {
      lost.hidden = false;
    }
  };

  const askInstead = () => {
    source?.close();
    clearInterval(asking);
    ask();
    asking = setInterval(ask, ASK_EVERY);
    setTimeout(open, STREAM_AGAIN);
  };

  // A connection that broke without a word (a sleeping laptop) is noticed by its silence.
  setInterval(() => {
    if (source?.readyState === EventSource.OPEN && Date.now() - heardAt > SILENT_FOR) {
      source.close();
      open();
    }
  }, 5000);
  addEventListener("online", () => { source?.close(); open(); });
  addEventListener("offline", () => { lost.hidden = false; });
  open();
}
