// What the fields of a layer hold now.

import { fileText } from "./files.js";
import { tick, tickedIn } from "./row_ticks.js";

function valueOf(field) {
  if (field.type === "file") return fileText(field);
  return field.type === "checkbox" ? field.checked : field.value;
}

export function valuesOf(root) {
  const values = {};
  for (const field of root.querySelectorAll("[data-field]")) {
    values[field.dataset.field] = valueOf(field);
  }
  for (const table of root.querySelectorAll("[data-ticks-of]")) values[table.dataset.ticksOf] = tickedIn(table);
  const ticks = root.querySelectorAll("[data-tick]");
  if (ticks.length) values.ticked = [...ticks].filter((tick) => tick.checked).map((tick) => tick.dataset.tick);
  return values;
}

function put(field, value) {
  // A file stays chosen by itself.
  if (field.type === "file") return;
  if (field.type === "checkbox") field.checked = value;
  else field.value = value;
}

// Draws, and puts back what was typed since `sent` (what is not in it counts as typed since); answers whether there
// was any.
export function keepTyping(root, sent, draw) {
  const typed = valuesOf(root);
  draw();
  let kept = false;
  for (const field of root.querySelectorAll("[data-field]")) {
    const name = field.dataset.field;
    if (name in typed && typed[name] !== sent[name]) {
      put(field, typed[name]);
      kept = true;
    }
  }
  for (const table of root.querySelectorAll("[data-ticks-of]")) {
    const name = table.dataset.ticksOf;
    if (name in typed && String(typed[name]) !== String(sent[name])) {
      tick(table, typed[name]);
      kept = true;
    }
  }
  return kept;
}
