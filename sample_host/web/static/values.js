// What the fields of a layer hold now.

export function valuesOf(root) {
  const values = {};
  for (const field of root.querySelectorAll("[data-field]")) {
    values[field.dataset.field] = field.type === "checkbox" ? field.checked : field.value;
  }
  const ticks = root.querySelectorAll("[data-tick]");
  if (ticks.length) values.ticked = [...ticks].filter((tick) => tick.checked).map((tick) => tick.dataset.tick);
  return values;
}

function put(field, value) {
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
  return kept;
}
