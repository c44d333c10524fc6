// Clocks that run: how long somebody waits, how long until an answer is due.
export function startClocks() {
  draw();
  setInterval(draw, 1000);
  document.body.addEventListener("htmx:afterSettle", draw);
}

function draw() {
  for (const clock of document.querySelectorAll(".clock[data-due], .clock[data-since]")) {
    const isDue = "due" in clock.dataset;
    const seconds = Math.round((new Date(isDue ? clock.dataset.due : clock.dataset.since) - Date.now()) / 1000) * (isDue ? 1 : -1);
    clock.textContent = isDue ? (seconds >= 0 ? `剩 ${written(seconds)}` : `超时 ${written(-seconds)}`) : `等 ${written(Math.max(seconds, 0))}`;
    clock.classList.toggle("clock_late", isDue && seconds < 0);
    clock.classList.toggle("clock_soon", isDue && seconds >= 0 && seconds < 120);
  }
}

function written(seconds) {
  const two = (number) => String(number).padStart(2, "0");
  if (seconds >= 86400) return `${Math.floor(seconds / 86400)} 天`;
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor((seconds % 3600) / 60)];
  return hours ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${two(minutes)}:${two(seconds % 60)}`;
}
