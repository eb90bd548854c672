// The keyboard on the kiosk's screen: large keys for one finger, in the language of the page, or digits only.
import Keyboard from "../vendor/simple-keyboard.min.js";

// A screen on its side has no height for digits: names of services need none.
const DIGITS = matchMedia("(orientation: portrait)").matches ? ["1 2 3 4 5 6 7 8 9 0"] : [];
const LAYOUTS = {
  uk: [...DIGITS, "й ц у к е н г ш щ з х ї", "ф і в а п р о л д ж є ґ", "ʼ я ч с м и т ь б ю - {bksp}", "{clear} {space} {enter}"],
  en: [...DIGITS, "q w e r t y u i o p", "a s d f g h j k l", "z x c v b n m - {bksp}", "{clear} {space} {enter}"],
  digits: ["1 2 3", "4 5 6", "7 8 9", "{bksp} 0 {enter}"],
  code: ["1 2 3 4 5 6 7 8 9 0", "A B C D E F G H I J K", "L M N O P Q R S T U V", "W X Y Z - {bksp} {enter}"],
};
const WORDS = {
  uk: { "{bksp}": "⌫", "{space}": "Пробіл", "{clear}": "Стерти все", "{enter}": "Готово" },
  en: { "{bksp}": "⌫", "{space}": "Space", "{clear}": "Clear all", "{enter}": "Done" },
};

// The field that was touched last; the keyboard itself never takes the cursor away.
const fields = [...document.querySelectorAll("[data-keyboard]")];
let field = fields[0];

function show() {
  keyboard.setOptions({ layoutName: field.dataset.keyboard });
  keyboard.setInput(field.value);
}

const keyboard = field && new Keyboard(".simple-keyboard", {
  layout: LAYOUTS,
  layoutName: field.dataset.keyboard,
  display: WORDS[document.documentElement.lang] ?? WORDS.uk,
  mergeDisplay: true,
  preventMouseDownDefault: true,
  onChange: (text) => {
    field.value = text.slice(0, field.maxLength > 0 ? field.maxLength : text.length);
    field.dispatchEvent(new Event("input", { bubbles: true }));
  },
  onKeyPress: (key) => {
    if (key === "{enter}") next();
    if (key === "{clear}") {
      keyboard.clearInput();
      field.value = "";
      field.dispatchEvent(new Event("input", { bubbles: true }));
    }
  },
});

// "Done" goes to the next empty field, then sends the form.
function next() {
  const empty = fields.find((each) => each !== field && !each.value);
  if (empty) return empty.focus();
  field.form.requestSubmit();
}

for (const each of fields) {
  each.inputMode = "none"; // no second keyboard of the system's
  each.addEventListener("focus", () => {
    field = each;
    show();
  });
  each.addEventListener("input", () => each === field && keyboard.setInput(each.value));
}
if (keyboard) show();
