// The kiosk for ears and a keypad: 1–9 choose, 0 goes back, * reads again, + and − change the volume. The first key turns it on.

const CHOICES = ".kiosk__main :is(.card, .pick, .kiosk__search, .govuk-button), .kiosk__foot :is(.govuk-button, .kiosk__aside, a.kiosk__back:not([data-back]))";
const AT_ONCE = 8; // more choices than nine keys: the ninth reads on
const VOLUME_STEP = 0.1;
const LAST = ".kiosk__search"; // it leads to a keyboard on the screen: of little use to who sees none
const UNSEEN = ".simple-keyboard, [hidden]";
const SENDS = ".kiosk__ask .govuk-button"; // digits belong into the field beside it: it is sent by Enter

const root = document.documentElement;
const kiosk = document.querySelector("[data-idle-home]");
const isOn = root.classList.contains("kiosk-speech");
const audio = new Audio();
audio.volume = Number(sessionStorage.getItem("kiosk-volume") ?? 0.7);

const words = (element) => (element.dataset.spoken ?? element.innerText ?? "").replace(/\s+/g, " ").trim();
const isField = (element) => element instanceof HTMLInputElement;
let first = 0; // of the group of choices that the keys stand for

function choices() {
  const found = [...document.querySelectorAll(CHOICES)].filter(
    (each) => !each.closest(UNSEEN) && !each.matches(SENDS) && each.getClientRects().length,
  );
  found.sort((one, other) => one.matches(LAST) - other.matches(LAST));
  const isMore = found.length > AT_ONCE + 1;
  if (first >= found.length) first = 0;
  const group = isMore ? found.slice(first, first + AT_ONCE) : found;
  return { found, group, isMore };
}

function number() {
  for (const each of document.querySelectorAll("[data-number]")) delete each.dataset.number;
  choices().group.forEach((each, place) => (each.dataset.number = place + 1));
}

// One sentence after another; whatever is pressed meanwhile ends it.
let turn = 0;
async function say(sentences) {
  const mine = ++turn;
  audio.pause();
  for (const text of sentences) {
    if (mine !== turn) return;
    const kept = await fetch("/kiosk/speech", {
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: "application/json" },
      body: JSON.stringify({ text: text.slice(0, 400), language: root.lang }),
    });
    if (!kept.ok || mine !== turn) return;
    audio.src = (await kept.json()).address;
    const ended = new Promise((resolve) => (audio.onended = audio.onerror = audio.onpause = resolve));
    try {
      await audio.play();
    } catch {
      return; // the browser waits for a first touch, or another sentence came
    }
    await ended;
    document.dispatchEvent(new Event("kiosk:heard")); // who listens is there
  }
}

function page() {
  const { group, isMore } = choices();
  const said = [...document.querySelectorAll(".kiosk__main :is(h1, h2, p, li, dt, dd)")].filter(
    (each) => !each.closest(`.card, .pick, form button, ${UNSEEN}`) && !each.querySelector(CHOICES) && words(each),
  );
  const { sayPress, sayMore, sayType, sayKeys } = kiosk.dataset;
  const typed = document.querySelector("[data-keyboard=digits]") ? [sayType] : [];
  const offered = group.map((each, place) => `${sayPress.replace("#", place + 1)} ${words(each)}.`);
  return [...said.map(words), ...typed, ...offered, ...(isMore ? [sayMore] : []), sayKeys];
}

function turnOn() {
  document.querySelector(".kiosk__view [value=speech]")?.click();
}

function back() {
  const way = document.querySelector("[data-back]");
  if (way) way.click();
  else location.replace(kiosk.dataset.idleHome);
}

function louder(step) {
  audio.volume = Math.min(1, Math.max(0.1, audio.volume + step));
  sessionStorage.setItem("kiosk-volume", audio.volume);
}

function choose(key) {
  const { group, isMore } = choices();
  if (isMore && key === AT_ONCE + 1) {
    first += AT_ONCE;
    number();
    return say(page());
  }
  group[key - 1]?.click();
}

const KEYS = { "*": () => say(page()), "+": () => louder(VOLUME_STEP), "-": () => louder(-VOLUME_STEP), 0: back };

document.addEventListener("keydown", (event) => {
  const { key } = event;
  if (event.repeat || event.defaultPrevented || !/^[0-9*+-]$/.test(key)) return;
  if (isField(event.target) && key !== "*") return; // digits belong into the field
  event.preventDefault();
  if (!isOn) return turnOn();
  if (key in KEYS) KEYS[key]();
  else choose(Number(key));
});

// What is typed is heard, a letter at a time: nothing that is somebody's leaves the field whole.
const lengths = new WeakMap();
function echo({ target }) {
  const { length } = target.value;
  if (length > (lengths.get(target) ?? 0)) say([target.value.at(-1)]);
  lengths.set(target, length);
}

if (isOn) {
  document.addEventListener("input", (event) => isField(event.target) && echo(event));
  number();
  say(page());
  // what comes later: the paper, the place, the question before the visit is forgotten
  const heard = new MutationObserver((changes) => {
    const news = changes.map(({ target }) => (target.closest ? target : target.parentElement)?.closest("[role=status], [data-idle-warning]"));
    const shown = [...new Set(news)].filter((each) => each && !each.hidden);
    number();
    if (shown.length) say(shown.map((each) => words(each.querySelector("p") ?? each)));
  });
  const watched = { childList: true, subtree: true };
  heard.observe(document.querySelector(".kiosk__main"), watched);
  heard.observe(document.querySelector("[data-idle-warning]"), { attributes: true, attributeFilter: ["hidden"] });
}
