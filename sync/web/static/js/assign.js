// A desk dragged from one sphere into another: ticks the boxes of its form in the table below and sends it. With Ctrl it serves both.

const lanes = document.querySelector("[data-assign]");

function assign(deskId, from, to, isAdded) {
  const boxes = [...document.querySelectorAll(`input[form="desk-${CSS.escape(deskId)}"]`)];
  for (const box of boxes) {
    if (box.value === to) box.checked = true;
    else if (box.value === from && !isAdded) box.checked = false;
  }
  document.getElementById(`desk-${deskId}`).requestSubmit();
}

if (lanes) {
  let held = null;
  lanes.hidden = false;
  lanes.addEventListener("dragstart", (event) => {
    held = event.target.closest("[data-desk]");
    event.dataTransfer.effectAllowed = "copyMove";
    event.dataTransfer.setData("text/plain", held.textContent.trim());
  });
  lanes.addEventListener("dragend", () => {
    held = null;
  });
  for (const lane of lanes.querySelectorAll("[data-sphere]")) {
    lane.addEventListener("dragover", (event) => {
      if (!held || held.dataset.from === lane.dataset.sphere) return;
      event.preventDefault();
      lane.classList.add("lane--over");
    });
    lane.addEventListener("dragleave", () => lane.classList.remove("lane--over"));
    lane.addEventListener("drop", (event) => {
      event.preventDefault();
      lane.classList.remove("lane--over");
      if (held) assign(held.dataset.desk, held.dataset.from, lane.dataset.sphere, event.ctrlKey);
    });
  }
}
