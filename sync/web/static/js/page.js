// What every page with scripts gets: GOV.UK's behaviours, keys on buttons, one click a form.
import { initAll } from "../vendor/govuk-frontend.min.js";
import { listenForShortcuts } from "./shortcuts.js";
import { sendFormsOnce } from "./once.js";

document.body.classList.add("js-enabled", "govuk-frontend-supported");
initAll();
listenForShortcuts(document);
sendFormsOnce(document);
