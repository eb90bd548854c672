// The board: a clock, one notice after another, and the truth about its own line. Silence longer than `data-stale-after-seconds`
// is shown, and so is its end.

const NOTICE_SECONDS = 12;

const board = document.querySelector(".board");
const clock = document.querySelector("[data-clock]");
const stale = document.querySelector(".board__stale");

// Which notice stands there is a matter of the time alone: all boards of a hall show the same.
function tick() {
  const now = new Date();
  if (clock) clock.textContent = now.toLocaleTimeString("uk-UA", { hour: "2-digit", minute: "2-digit", timeZone: "Europe/Kyiv" });
  const notices = document.querySelectorAll(".board__notice");
  const shown = Math.floor(now / 1000 / NOTICE_SECONDS) % notices.length;
  notices.forEach((notice, place) => (notice.hidden = place !== shown));
}
tick();
setInterval(tick, 1000);

// The server sends `beat` every 2 s. A pulled cable raises no error for minutes, so silence itself is the sign.
let heardAt = Date.now();
function heard(event) {
  if (!event.target?.closest?.("[data-heart]")) return; // the calls' own stream: another one may still live
  heardAt = Date.now();
  show();
}
function show() {
  const seconds = Number(board?.dataset.staleAfterSeconds) || 40;
  const isStale = document.querySelector("[data-heart]") !== null && Date.now() - heardAt > seconds * 1000;
  board?.classList.toggle("board--stale", isStale);
  if (stale) stale.hidden = !isStale;
}
setInterval(show, 500);

for (const name of ["beat", "htmx:sse:after:connection", "htmx:sse:after:message"]) addEventListener(name, heard);
addEventListener("reload", () => location.reload());
