// The kiosk forgets the person who left: after `data-idle-seconds` without a touch it goes to `data-idle-home`, in Ukrainian again.

const kiosk = document.querySelector("[data-idle-home]");
if (kiosk) {
  const home = new URL(kiosk.dataset.idleHome, location.href);
  home.searchParams.set("lang", "uk");
  const isFresh = () => location.pathname === home.pathname && document.documentElement.lang === "uk";
  const seconds = Number(kiosk.dataset.idleSeconds) || 60;
  let timer;
  const restart = () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      if (!isFresh()) location.replace(home);
    }, seconds * 1000);
  };
  for (const name of ["pointerdown", "keydown", "scroll"]) addEventListener(name, restart, { passive: true, capture: true });
  restart();
}
