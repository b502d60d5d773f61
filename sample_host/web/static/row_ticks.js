// Tables inside dialogs whose rows can be ticked: the box above all, and how many are ticked.

export function tickedIn(table) {
  return [...table.querySelectorAll("[data-row-tick]")].filter((tick) => tick.checked).map((tick) => tick.dataset.rowTick);
}

export function tick(table, rows) {
  const wanted = new Set(rows);
  for (const box of table.querySelectorAll("[data-row-tick]")) box.checked = wanted.has(box.dataset.rowTick);
}

export function countTicks(root) {
  for (const table of root.querySelectorAll("[data-ticks-of]")) {
    const all = table.querySelector("[data-tick-all]");
    if (!all) continue;
    const total = table.querySelectorAll("[data-row-tick]").length;
    const ticked = tickedIn(table).length;
    all.checked = ticked === total;
    all.indeterminate = ticked > 0 && ticked < total;
    const count = table.querySelector("[data-ticked-count]");
    const text = `${ticked} of ${total} selected`;
    if (count.textContent !== text) count.textContent = text;
  }
}

document.addEventListener("change", (event) => {
  const table = event.target.closest?.("[data-ticks-of]");
  if (!table) return;
  if (event.target.matches("[data-tick-all]")) {
    for (const box of table.querySelectorAll("[data-row-tick]")) box.checked = event.target.checked;
  }
  countTicks(table.parentElement);
});
