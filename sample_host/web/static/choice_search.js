// A choice among thousands: the WAI-ARIA pattern "editable combobox with list". Nothing is chosen until a person does.

import { getJson, say } from "./exchange.js";

const PAUSE = 150;
const body = document.getElementById("body");
const timers = new WeakMap();
let asked = 0;

function parts(text) {
  const combo = text.closest("[data-combo]");
  const pop = combo.querySelector(".combo-pop");
  return { combo, pop, list: pop.querySelector('[role="listbox"]'), hint: pop.querySelector(".hint"), kept: combo.querySelector("[data-setting]") };
}

function address(text) {
  const { profile, step } = text.closest(".step").dataset;
  return `/profiles/${encodeURIComponent(profile)}/steps/${encodeURIComponent(step)}/choices`;
}

function isOpen(text) {
  return text.getAttribute("aria-expanded") === "true";
}

function mark(text, option) {
  for (const one of parts(text).list.children) one.classList.toggle("marked", one === option);
  if (option) {
    text.setAttribute("aria-activedescendant", option.id);
    option.scrollIntoView({ block: "nearest" });
  } else {
    text.removeAttribute("aria-activedescendant");
  }
}

function marked(text) {
  return parts(text).list.querySelector(".marked");
}

async function open(text, search, place = null) {
  const mine = ++asked;
  const found = await getJson(`${address(text)}?${new URLSearchParams({ search })}`);
  if (!found || mine !== asked || document.activeElement !== text) return;
  const { pop, list, hint } = parts(text);
  list.innerHTML = found.html;
  hint.textContent = found.more ? `The first ${found.count} are listed. Type more of the name to find others.`
    : found.count ? "" : "No connection matches.";
  hint.hidden = !hint.textContent;
  list.hidden = !list.children.length;
  pop.hidden = false;
  text.setAttribute("aria-expanded", "true");
  const first = list.querySelector('[aria-selected="true"]') ?? list.firstElementChild;
  mark(text, place === null ? null : place < 0 ? list.lastElementChild : first);
  if (search) say(found.count ? `${found.count} found` : "No connection matches");
}

function close(text) {
  asked++;
  clearTimeout(timers.get(text));
  parts(text).pop.hidden = true;
  text.setAttribute("aria-expanded", "false");
  mark(text, null);
}

// What was typed and not chosen is taken back.
function restore(text) {
  close(text);
  text.value = text.dataset.chosen ?? text.defaultValue;
}

function choose(text, option) {
  if (option.getAttribute("aria-disabled") === "true") {
    say(option.textContent);
    return;
  }
  const { kept } = parts(text);
  const changed = kept.value !== option.dataset.value;
  text.value = option.dataset.label;
  text.dataset.chosen = option.dataset.label;
  close(text);
  if (!changed) return;
  kept.value = option.dataset.value;
  kept.dispatchEvent(new Event("change", { bubbles: true }));
}

function move(text, steps) {
  const options = [...parts(text).list.children];
  if (!options.length) return;
  const now = options.indexOf(marked(text));
  mark(text, options[now < 0 && steps < 0 ? options.length - 1 : (now + steps + options.length) % options.length]);
}

const isText = (event) => event.target.matches?.(".combo-text");

body.addEventListener("focusin", (event) => {
  if (isText(event)) event.target.select();
});

body.addEventListener("focusout", (event) => {
  if (isText(event)) restore(event.target);
});

body.addEventListener("input", (event) => {
  if (!isText(event)) return;
  const text = event.target;
  clearTimeout(timers.get(text));
  timers.set(text, setTimeout(() => open(text, text.value.trim()), PAUSE));
});

body.addEventListener("keydown", (event) => {
  if (!isText(event) || event.isComposing) return;
  const text = event.target;
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step) {
    event.preventDefault();
    if (isOpen(text)) move(text, step);
    else open(text, "", step);
  } else if (event.key === "Enter") {
    event.preventDefault();
    if (isOpen(text) && marked(text)) choose(text, marked(text));
    else if (!isOpen(text)) open(text, "", 1);
  } else if (event.key === "Escape" && (isOpen(text) || text.value !== (text.dataset.chosen ?? text.defaultValue))) {
    event.preventDefault();
    restore(text);
    text.select();
  }
});

// Before the field loses the focus, which would close the list under the pointer.
body.addEventListener("mousedown", (event) => {
  const option = event.target.closest(".combo-pop [role='option']");
  const pop = event.target.closest(".combo-pop");
  if (pop) event.preventDefault();
  if (option) choose(option.closest("[data-combo]").querySelector(".combo-text"), option);
  else if (isText(event) && !isOpen(event.target)) open(event.target, "");
});
