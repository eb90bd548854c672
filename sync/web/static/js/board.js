// The board: a clock, and the truth about its own line. Silence longer than `data-stale-after-seconds` is shown, and so is its end.

const board = document.querySelector(".board");
const clock = document.querySelector("[data-clock]");
const stale = document.querySelector(".board__stale");

function tick() {
  const now = new Date();
  if (clock) clock.textContent = now.toLocaleTimeString("uk-UA", { hour: "2-digit", minute: "2-digit", timeZone: "Europe/Kyiv" });
}
tick();
setInterval(tick, 1000);

// hx-sse hides heartbeats (they are comments), so the connection's own events tell whether it stands
let lostAt = null;
function mark(isLost) {
  lostAt = isLost ? (lostAt ?? Date.now()) : null;
  show();
}
function show() {
  const seconds = Number(board?.dataset.staleAfterSeconds) || 40;
  const isStale = lostAt !== null && Date.now() - lostAt > seconds * 1000;
  board?.classList.toggle("board--stale", isStale);
  if (stale) stale.hidden = !isStale;
}
setInterval(show, 1000);

addEventListener("htmx:sse:error", () => mark(true));
addEventListener("htmx:sse:after:connection", () => mark(false));
addEventListener("htmx:sse:after:message", () => mark(false));
addEventListener("reload", () => location.reload());
