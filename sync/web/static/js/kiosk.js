// What every page of the kiosk does: it stays, forgets, speaks, and comes back after the node was away.
import { keepInside } from "./kiosk-guard.js";
import { forgetWhenIdle } from "./idle-reset.js";
import "./kiosk-speech.js";

const kiosk = document.querySelector("[data-idle-home]");
keepInside(document);
if (kiosk) forgetWhenIdle(kiosk, document.querySelector("[data-idle-warning]"));

// Browsers give workers to pages of this very machine or of a TLS address only; elsewhere the browser's own page waits.
if ("serviceWorker" in navigator) navigator.serviceWorker.register("/kiosk-worker.js", { scope: "/kiosk" });
