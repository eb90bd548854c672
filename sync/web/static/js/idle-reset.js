// The kiosk forgets the person who left: after `data-idle-seconds` without a touch it goes to `data-idle-home`.

const kiosk = document.querySelector("[data-idle-home]");
if (kiosk) {
  const home = kiosk.dataset.idleHome;
  const seconds = Number(kiosk.dataset.idleSeconds) || 60;
  let timer;
  const restart = () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      if (location.pathname !== home) location.replace(home);
    }, seconds * 1000);
  };
  for (const name of ["pointerdown", "keydown", "scroll"]) addEventListener(name, restart, { passive: true, capture: true });
  restart();
}
