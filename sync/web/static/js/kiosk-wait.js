// The node is away: ask until it answers, then begin anew.
import { keepInside } from "./kiosk-guard.js";

const ASK_EVERY_MS = 2000;

async function ask() {
  try {
    if ((await fetch("/health/ready", { cache: "no-store" })).ok) return location.replace("/kiosk/over");
  } catch {
    // still away
  }
  setTimeout(ask, ASK_EVERY_MS);
}
keepInside(document);
ask();
