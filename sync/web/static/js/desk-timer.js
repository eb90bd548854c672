// How long the visitor is at the desk; past the target the server's own words appear, so that nobody depends on a colour.

const timer = document.querySelector("[data-timer]");

function tick() {
  const seconds = Math.max(0, Math.floor((Date.now() - Date.parse(timer.dataset.since)) / 1000));
  const text = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  timer.querySelector("[data-timer-text]").textContent = text;
  timer.querySelector("[data-timer-late]").hidden = seconds < Number(timer.dataset.targetMinutes) * 60;
}

if (timer) {
  tick();
  setInterval(tick, 1000);
}
