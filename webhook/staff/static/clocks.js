// Clocks that run: how long somebody waits, how long until an answer is due.
export function startClocks() {
  draw();
  setInterval(draw, 1000);
  document.body.addEventListener("htmx:afterSettle", draw);
}

function draw() {
  for (const clock of document.querySelectorAll(".clock[data-due], .clock[data-since]")) {
    const { due, since } = clock.dataset;
    const left = due ? secondsTo(due) : Infinity;
    // Whoever waits is told by how long; what is due, by how long is left. The colour says the rest.
    if (since) clock.textContent = `等 ${written(Math.max(-secondsTo(since), 0))}`;
    else clock.textContent = left >= 0 ? `剩 ${written(left)}` : `超时 ${written(-left)}`;
    clock.classList.toggle("clock_late", left < 0);
    clock.classList.toggle("clock_soon", left >= 0 && left < 120);
  }
}

const secondsTo = (moment) => Math.round((new Date(moment) - Date.now()) / 1000);

function written(seconds) {
  const two = (number) => String(number).padStart(2, "0");
  if (seconds >= 86400) return `${Math.floor(seconds / 86400)} 天`;
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor((seconds % 3600) / 60)];
  return hours ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${two(minutes)}:${two(seconds % 60)}`;
}
