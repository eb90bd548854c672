// The header's truth line: when this very computer does not answer, the line says so instead of showing an old state.

const line = document.querySelector(".bar__truth");
const lost = document.querySelector(".bar__lost");

function show(isLost) {
  if (!line || !lost) return;
  lost.hidden = !isLost;
  line.hidden = isLost;
}

addEventListener("htmx:error", (event) => {
  if (event.target === line) show(true);
});
addEventListener("htmx:after:request", (event) => {
  if (event.target === line) show(false);
});
addEventListener("reload", () => location.reload());
