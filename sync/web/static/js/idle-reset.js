// The kiosk forgets the person who left: after `data-idle-seconds` without a touch it goes to `data-idle-home`, in Ukrainian again.
// Twenty seconds before, it asks; any touch or key is an answer (EN 301 549 and WCAG 2.2.1 give twenty seconds to say so).

const WARNING_SECONDS = 20;
const HOME = "/kiosk";

// Nothing to forget: the first page as the next visitor finds it.
function isFresh() {
  const root = document.documentElement;
  return location.pathname === HOME && root.lang === "uk" && !/ kiosk-/.test(root.className);
}

export function forgetWhenIdle(kiosk, warning) {
  const seconds = Number(kiosk.dataset.idleSeconds) || 60;
  const left = warning.querySelector("[data-idle-left]");
  let touchedAt = performance.now();

  const leave = () => {
    if (kiosk.dataset.idleTell) navigator.sendBeacon(kiosk.dataset.idleTell); // what was kept for who left is free again
    location.replace(kiosk.dataset.idleHome);
  };
  const look = () => {
    const rest = Math.ceil(seconds - (performance.now() - touchedAt) / 1000);
    if (isFresh()) return;
    if (rest <= 0) leave();
    warning.hidden = rest > WARNING_SECONDS;
    left.textContent = String(Math.max(rest, 0));
  };
  const touched = (event) => {
    touchedAt = performance.now();
    // hidden under the finger, the warning would let the same touch fall on what lies below it
    if (event.type === "click" || !warning.contains(event.target)) warning.hidden = true;
  };
  for (const name of ["pointerdown", "click", "keydown", "scroll", "input", "kiosk:heard"]) addEventListener(name, touched, { passive: true, capture: true });
  setInterval(look, 500);
}
