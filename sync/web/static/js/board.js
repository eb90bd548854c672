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

// The server sends `beat` every 15 s. A pulled cable raises no error for minutes, so silence itself is the sign.
let heardAt = Date.now();
function heard() {
  heardAt = Date.now();
  show();
}
function show() {
  const seconds = Number(board?.dataset.staleAfterSeconds) || 40;
  const isStale = document.querySelector("[hx-sse\\:connect]") !== null && Date.now() - heardAt > seconds * 1000;
  board?.classList.toggle("board--stale", isStale);
  if (stale) stale.hidden = !isStale;
}
setInterval(show, 1000);

for (const name of ["beat", "htmx:sse:after:connection", "htmx:sse:after:message"]) addEventListener(name, heard);
addEventListener("reload", () => location.reload());
