// Keys that press buttons: `<button data-key="F2">`. The key is shown on the button by the macro `shortcut`; function keys and
// Alt+letter only, so that nothing is pressed by typing.

const ALLOWED = /^(F([1-9]|1[0-2])|Alt\+[A-Z0-9])$/;

function nameOf(event) {
  if (event.ctrlKey || event.metaKey || event.shiftKey) return "";
  if (event.altKey) return `Alt+${event.code.replace(/^(Key|Digit)/, "")}`;
  return event.key;
}

export function listenForShortcuts(root) {
  root.addEventListener("keydown", (event) => {
    const name = nameOf(event);
    if (event.repeat || !ALLOWED.test(name)) return;
    const button = root.querySelector(`[data-key="${name}"]:not([disabled], [aria-disabled="true"])`);
    if (!button || button.closest("[inert], [hidden]")) return;
    event.preventDefault();
    button.focus();
    button.click();
  });
}
