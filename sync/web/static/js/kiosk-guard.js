// No way out of the kiosk: no menu, no keys of the browser, no other site, no way back to what the last visitor saw.

const KEYS = /^(F\d+|Browser\w+|ContextMenu|Launch\w+|PrintScreen|Escape)$/;
const STEPS = "/kiosk"; // whatever is not under it is not the kiosk's

function isField(element) {
  return element instanceof HTMLInputElement || element instanceof HTMLTextAreaElement;
}

function refuse(event) {
  event.preventDefault();
  event.stopPropagation();
}

function isInside(link) {
  return link.origin === location.origin && (link.pathname === STEPS || link.pathname.startsWith(`${STEPS}/`));
}

export function keepInside(root) {
  root.addEventListener("keydown", (event) => {
    const leaves = event.ctrlKey || event.altKey || event.metaKey || KEYS.test(event.key);
    if (leaves || (event.key === "Backspace" && !isField(event.target))) refuse(event);
  }, true);
  for (const name of ["contextmenu", "dragstart", "dragover", "drop", "auxclick"]) root.addEventListener(name, refuse, true);
  root.addEventListener("wheel", (event) => event.ctrlKey && refuse(event), { capture: true, passive: false });
  for (const name of ["mousedown", "mouseup"]) root.addEventListener(name, (event) => event.button > 2 && refuse(event), true);
  root.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[href]");
    if (!link || link.getAttribute("href").startsWith("#")) return;
    refuse(event);
    if (isInside(link)) location.replace(link.href); // nothing is left in the history
  }, true);
}
