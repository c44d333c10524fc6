// A short sound and a number in the title when somebody waits, or writes to me.
let audio = null;

export function notify(desk) {
  const button = document.querySelector("[data-sound]");
  let isOn = localStorage.getItem("jct-sound") !== "off";
  button.setAttribute("aria-pressed", String(isOn));
  button.addEventListener("click", () => {
    isOn = !isOn;
    localStorage.setItem("jct-sound", isOn ? "on" : "off");
    button.setAttribute("aria-pressed", String(isOn));
    if (isOn) sound();
  });
  const title = document.title;
  const badge = () => {
    const calls = Number(document.getElementById("queue").dataset.calls);
    document.title = calls ? `（${calls}）${title}` : title;
  };
  badge();
  document.body.addEventListener("htmx:afterSettle", badge);

  return (change) => {
    const isByMe = String(change.staff) === desk.dataset.me;
    const calls = change.kind === "overdue"
      || (change.kind === "move" && ["requested", "urgent", "released", "reopened"].includes(change.move))
      || (change.kind === "move" && [change.to, change.guest].map(String).includes(desk.dataset.me))
      || (change.kind === "note" && change.mentions?.map(String).includes(desk.dataset.me))
      || (change.kind === "message" && change.staff === null && isMine(change.conversation));
    if (calls && !isByMe && isOn) sound();
  };
}

// Whether somebody whom I serve has written where I do not look right now.
function isMine(conversation) {
  const isOpen = Number(document.getElementById("talk")?.dataset.conversation) === conversation;
  const mine = document.getElementById("queue").dataset.mine.split(",");
  return mine.includes(String(conversation)) && (document.hidden || !isOpen);
}

function sound() {
  try {
    audio ??= new AudioContext();
    const [tone, volume] = [audio.createOscillator(), audio.createGain()];
    tone.frequency.value = 740;
    volume.gain.setValueAtTime(0.12, audio.currentTime);
    volume.gain.exponentialRampToValueAtTime(0.001, audio.currentTime + 0.35);
    tone.connect(volume).connect(audio.destination);
    tone.start();
    tone.stop(audio.currentTime + 0.36);
  } catch {
    // Browsers keep pages silent until somebody has clicked; the badge still tells.
  }
}
