// A barcode reader that types like a keyboard: what it read opens its page, wherever the cursor stands. A reader on the office's
// own line says its codes by server-sent events. Nobody types six characters and Enter without a pause of 60 ms between two.

const GAP_MS = 60;
const CHARACTERS_MIN = 6;
const SHIFTED = { Minus: "_", Slash: "?", Period: ">", Semicolon: ":", Equal: "+", Digit7: "&", Digit5: "%", Digit3: "#" };
const PLAIN = { Minus: "-", Slash: "/", Period: ".", Semicolon: ";", Equal: "=" };

// What the key says on an English keyboard: readers press these, whatever layout the computer is set to.
function onEnglishKeyboard(key, code, isShifted) {
  const named = /^(?:Key|Digit|Numpad)([A-Z0-9])$/.exec(code);
  if (named && /^Key/.test(code)) return key === key.toLowerCase() ? named[1].toLowerCase() : named[1];
  if (isShifted && SHIFTED[code]) return SHIFTED[code];
  return named ? named[1] : (PLAIN[code] ?? "");
}

export class Wedge {
  #typed = "";
  #pressed = "";
  #at = -Infinity;

  // Whether a key at this moment would be the first of a scan.
  isBeginning(at) {
    return at - this.#at > GAP_MS;
  }

  // The code, when this key ends one; else "". `at` is in milliseconds.
  hear({ key, code, isShifted = false, at }) {
    if (this.isBeginning(at)) this.forget();
    this.#at = at;
    if (key === "Enter" || key === "Tab") {
      const found = /^[\x20-\x7e]*$/.test(this.#typed) ? this.#typed : this.#pressed;
      this.forget();
      return found.length >= CHARACTERS_MIN ? found : "";
    }
    if (key.length === 1) {
      this.#typed += key;
      this.#pressed += onEnglishKeyboard(key, code, isShifted);
    }
    return "";
  }

  forget() {
    this.#typed = this.#pressed = "";
  }
}

function open(form, code) {
  form.elements.scanned.value = code;
  form.requestSubmit();
}

function listenForScans(root, form) {
  const wedge = new Wedge();
  let field = null;
  let entered = "";
  root.addEventListener("keydown", (event) => {
    if (event.repeat || event.ctrlKey || event.altKey || event.metaKey || event.target.type === "password") return wedge.forget();
    if (wedge.isBeginning(event.timeStamp)) {
      field = "value" in event.target ? event.target : null;
      entered = field?.value;
    }
    const code = wedge.hear({ key: event.key, code: event.code, isShifted: event.shiftKey, at: event.timeStamp });
    if (!code) return;
    event.preventDefault();
    event.stopPropagation();
    if (field) field.value = entered; // the reader typed into what the person was filling in
    if (field?.dataset.takesScans !== undefined) {
      field.value = code; // it is for such a code that this field asks
      return field.form.requestSubmit();
    }
    open(form, code);
  }, true);
}

// One stream for all that stands on the desk; a telephone that rings makes htmx fetch the caller anew.
function listenToDevices(address, form) {
  const devices = new EventSource(address);
  devices.addEventListener("scan", (event) => {
    if (document.visibilityState === "visible") open(form, event.data);
  });
  devices.addEventListener("caller", () => document.body.dispatchEvent(new Event("caller")));
}

const form = globalThis.document?.querySelector("form[data-scans]");
if (form) {
  listenForScans(document, form);
  const desk = document.querySelector("[data-devices]");
  if (desk) listenToDevices(desk.dataset.devices, form);
}
