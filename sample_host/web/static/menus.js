// Buttons that open a menu, as the WAI-ARIA pattern "menu button" has it: arrows move, Esc gives the focus back.

import { say } from "./exchange.js";

function itemsOf(button) {
  return [...document.getElementById(button.getAttribute("aria-controls")).querySelectorAll('[role="menuitem"]')];
}

function buttonOf(menu) {
  return document.querySelector(`[data-menu][aria-controls="${CSS.escape(menu.id)}"]`);
}

function isOpen(button) {
  return button.getAttribute("aria-expanded") === "true";
}

function open(button, place) {
  const menu = document.getElementById(button.getAttribute("aria-controls"));
  menu.hidden = false;
  button.setAttribute("aria-expanded", "true");
  itemsOf(button).at(place)?.focus();
}

function close(button, { focus = false } = {}) {
  document.getElementById(button.getAttribute("aria-controls")).hidden = true;
  button.setAttribute("aria-expanded", "false");
  if (focus) button.focus();
}

function closeOthers(kept) {
  for (const button of document.querySelectorAll('[data-menu][aria-expanded="true"]')) if (button !== kept) close(button);
}

// An item that cannot be pressed keeps the menu open, so that its reason can be read.
function choose(event, button, item) {
  if (item.getAttribute("aria-disabled") !== "true") {
    close(button, { focus: true });
    return;
  }
  event.stopPropagation();
  const why = document.getElementById(item.getAttribute("aria-describedby"));
  if (why) say(why.textContent);
}

// While the event is on its way down: before what listens on the page acts on the item.
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-menu]");
  const item = event.target.closest('[role="menuitem"]');
  if (button) {
    if (isOpen(button)) close(button);
    else open(button, 0);
  } else if (item) {
    choose(event, buttonOf(item.closest('[role="menu"]')), item);
    return;
  }
  closeOthers(button);
}, { capture: true });

function moveIn(event, button, items) {
  const now = items.indexOf(event.target);
  const places = { ArrowDown: (now + 1) % items.length, ArrowUp: (now - 1 + items.length) % items.length, Home: 0, End: items.length - 1 };
  if (event.key in places) {
    event.preventDefault();
    items[places[event.key]].focus();
  } else if (event.key === "Escape") {
    event.preventDefault();
    close(button, { focus: true });
  } else if (event.key === "Tab") {
    close(button, { focus: true });
  } else if (event.key.length === 1 && event.key !== " " && !event.ctrlKey && !event.metaKey && !event.altKey) {
    const begins = (item) => item.textContent.trim().toLowerCase().startsWith(event.key.toLowerCase());
    const found = [...items.slice(now + 1), ...items.slice(0, now + 1)].find(begins);
    if (found) found.focus();
  }
}

document.addEventListener("keydown", (event) => {
  const button = event.target.closest("[data-menu]");
  const menu = event.target.closest('[role="menu"]');
  if (menu) {
    const owner = buttonOf(menu);
    moveIn(event, owner, itemsOf(owner));
  } else if (button && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
    event.preventDefault();
    open(button, event.key === "ArrowDown" ? 0 : -1);
  } else if (button && event.key === "Escape" && isOpen(button)) {
    close(button, { focus: true });
  }
});
