// The dialogs above the page: draws what the host says lies open, and tells it what the person does there.

import { post } from "./exchange.js";
import { morph } from "./morph.js";
import { keepTyping, valuesOf } from "./values.js";
import { countDown, stopCounting } from "./countdown.js";
import { save } from "./downloads.js";
import { filesRead } from "./files.js";
import { countTicks } from "./row_ticks.js";

const DEBOUNCE = 300;
const ground = document.getElementById("layers");
const ownTitle = document.title;
const open = new Map();
let revision = -1;
let returnTo = null;
let redraw = async () => {};

export function whenPageChanges(callback) {
  redraw = callback;
}

export function anythingOpen() {
  return open.size > 0;
}

export function waits() {
  return [...open.values()].filter((layer) => "secondsLeft" in layer.drawn);
}

// Whether leaving the page would lose what was typed into a form.
export function unsaved() {
  return [...open.values()].some((layer) => layer.dialog.querySelector(":scope > .fields-form")
    && JSON.stringify(valuesOf(layer.dialog)) !== layer.asBuilt);
}

// What the dialog itself gives the focus to, if that can have it.
function named(dialog) {
  const wanted = dialog.firstElementChild.dataset.focus;
  if (!wanted) return null;
  const name = CSS.escape(wanted);
  return dialog.querySelector(`[data-field="${name}"]:not(:disabled), button[data-act="${name}"]:not([data-row-id])`);
}

function firstToUse(dialog) {
  const visible = (element) => element.checkVisibility?.() ?? true;
  const pick = (selector) => [...dialog.querySelectorAll(selector)].find(visible);
  return pick('[aria-invalid="true"]')
    ?? named(dialog)
    ?? dialog.querySelector("[data-first]")
    ?? pick('input[data-field]:not(:disabled), [data-row-tick], select[data-field]:not(:disabled), textarea[data-field]:not(:disabled)')
    ?? pick('button[type="submit"]:not(.destructive)')
    ?? pick(".buttons button");
}

function name(layer) {
  const { dialog } = layer;
  const form = dialog.firstElementChild;
  dialog.setAttribute("role", form.dataset.role);
  dialog.setAttribute("aria-labelledby", form.dataset.title);
  if (form.dataset.describes) dialog.setAttribute("aria-describedby", form.dataset.describes);
  else dialog.removeAttribute("aria-describedby");
}

// What scrolls and holds nothing to focus is scrolled by keyboard when it can have the focus itself.
function makeScrollable(dialog) {
  const body = dialog.querySelector(".layer-body");
  if (!body || body.scrollHeight <= body.clientHeight || body.querySelector("a, button, input, select, textarea, summary")) return;
  body.tabIndex = 0;
  body.setAttribute("role", "group");
  body.setAttribute("aria-labelledby", dialog.getAttribute("aria-labelledby"));
}

// What is to be mended or used at once must not lie in a folded section.
function unfold(dialog) {
  for (const field of [...dialog.querySelectorAll('[aria-invalid="true"]'), named(dialog)]) {
    const section = field?.closest("details");
    if (section) section.open = true;
  }
}

function build(drawn) {
  const dialog = document.createElement("dialog");
  dialog.id = drawn.key;
  dialog.setAttribute("closedby", "none");
  const layer = { dialog, drawn, timer: 0, sent: null, busy: false, chain: Promise.resolve() };
  dialog.innerHTML = drawn.html;
  countTicks(dialog);
  layer.asBuilt = JSON.stringify(valuesOf(dialog));
  name(layer);
  dialog.addEventListener("cancel", (event) => event.preventDefault());
  dialog.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.defaultPrevented) return;
    event.preventDefault();
    const action = dialog.firstElementChild.dataset.escape;
    if (action !== "-1") press(layer, action);
  });
  dialog.addEventListener("submit", (event) => {
    event.preventDefault();
    const field = document.activeElement;
    const button = event.submitter
      ?? dialog.querySelector('button[type="submit"]')
      ?? dialog.querySelector('[data-field-action]:not([aria-disabled="true"])');
    if (button === dialog.querySelector('button[type="submit"]') && field?.nodeName === "TEXTAREA") return;
    pressButton(layer, button);
  });
  dialog.addEventListener("click", (event) => {
    const button = event.target.closest('button[data-act][type="button"]');
    if (button) pressButton(layer, button);
  });
  dialog.addEventListener("file-read", (event) => {
    const action = event.target.dataset.onChange;
    if (action) changed(layer, action);
  });
  dialog.addEventListener("input", (event) => {
    if (event.target.type === "file") return;
    const action = event.target.dataset.onChange;
    if (!action) return;
    clearTimeout(layer.timer);
    const typed = event.target.matches('input[type="text"], input[type="password"], textarea');
    layer.timer = setTimeout(() => changed(layer, action), typed ? DEBOUNCE : 0);
  });
  // Enter in a waiting window, which has no button of its own for it, presses the button of its form.
  dialog.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !event.target.matches("input") || dialog.querySelector('button[type="submit"]')) return;
    event.preventDefault();
    const button = dialog.querySelector("[data-field-action]");
    if (button) pressButton(layer, button);
  });
  return layer;
}

function pressButton(layer, button) {
  if (!button) return;
  if (button.getAttribute("aria-disabled") === "true") {
    button.focus();
    button.parentElement.classList.add("show-reason");
    setTimeout(() => button.parentElement.classList.remove("show-reason"), 4000);
    return;
  }
  press(layer, button.dataset.act, button.dataset.rowId ?? null);
}

// Acts of one layer go one after the other; a second press while the first is under way is dropped.
function press(layer, action, row = null) {
  if (layer.busy) return;
  layer.busy = true;
  clearTimeout(layer.timer);
  layer.dialog.classList.add("busy");
  layer.chain = layer.chain.then(async () => {
    const source = layer.drawn.valuesFrom ? open.get(layer.drawn.valuesFrom)?.dialog : layer.dialog;
    layer.sent = null;
    if (source) await filesRead(source);
    const answer = await post("/act", { layer: layer.drawn.key, action, row, values: source ? valuesOf(source) : {} });
    // Free again before the answer is drawn: what it shows can be pressed at once.
    layer.busy = false;
    layer.dialog.classList.remove("busy");
    if (answer) await draw(answer);
  });
}

function changed(layer, action) {
  layer.chain = layer.chain.then(async () => {
    await filesRead(layer.dialog);
    if (!open.has(layer.drawn.key) || layer.busy) return;
    layer.sent = valuesOf(layer.dialog);
    layer.again = action;
    await act({ layer: layer.drawn.key, action, values: layer.sent });
    layer.sent = null;
  });
}

async function act(pressed) {
  const answer = await post("/act", pressed);
  if (answer) await draw(answer);
}

export async function goOn(layer) {
  if (layer.asking) return;
  layer.asking = true;
  await act({ layer: layer.drawn.key, action: "continue", values: {} });
  layer.asking = false;
}

function update(layer, drawn, covered) {
  const fresh = drawn.version !== layer.drawn.version;
  layer.drawn = drawn;
  if (!fresh) return;
  const { dialog } = layer;
  const swap = () => morph(dialog, drawn.html);
  const typing = layer.sent !== null;
  const kept = keepTyping(dialog, layer.asking ? {} : layer.sent ?? valuesOf(dialog), swap);
  countTicks(dialog);
  makeScrollable(dialog);
  if (kept && typing) changed(layer, layer.again);
  name(layer);
  if (!typing) {
    unfold(dialog);
    (dialog.querySelector('[aria-invalid="true"]') ?? named(dialog))?.focus();
  }
  // Covered by another one: what changed has to be seen once that one is gone.
  layer.unseen = covered;
}

function close(layer) {
  clearTimeout(layer.timer);
  stopCounting(layer);
  if (layer.dialog.open) layer.dialog.close();
  layer.dialog.remove();
}

export async function draw(answer) {
  if (answer.download) save(answer.download);
  if (answer.revision < revision) return;
  revision = answer.revision;
  const top = [...open.keys()].at(-1);
  const wanted = new Set(answer.layers.map((drawn) => drawn.key));
  if (!open.size && wanted.size) returnTo = document.activeElement?.id || null;
  let closed = false;
  for (const [key, layer] of [...open].reverse()) {
    if (wanted.has(key)) continue;
    open.delete(key);
    close(layer);
    closed = true;
  }
  let under = null;
  for (const drawn of answer.layers) {
    let layer = open.get(drawn.key);
    if (layer) {
      update(layer, drawn, drawn.key !== top);
    } else {
      layer = build(drawn);
      open.set(drawn.key, layer);
      ground.append(layer.dialog);
      layer.dialog.showModal();
      makeScrollable(layer.dialog);
      unfold(layer.dialog);
      firstToUse(layer.dialog)?.focus();
      raise(answer.layers.slice(answer.layers.indexOf(drawn) + 1));
    }
    if ("secondsLeft" in drawn) countDown(layer, drawn.secondsLeft);
    under = layer;
  }
  const message = answer.layers.findLast((drawn) => drawn.pageTitle);
  document.title = message ? `${message.pageTitle} – Capture` : ownTitle;
  if (answer.redraw) await redraw(answer.select);
  if (under && !under.dialog.contains(document.activeElement)) firstToUse(under.dialog)?.focus();
  if (under?.unseen) {
    under.unseen = false;
    document.activeElement.scrollIntoView({ block: "center" });
  }
  if (closed && !open.size) {
    const back = (answer.select && document.getElementById(`row-${answer.select}`))
      || (returnTo && document.getElementById(returnTo)) || document.getElementById("main");
    back.focus();
  }
}

// A layer that came beneath open ones must not cover them: the browser stacks dialogs in the order of their opening.
function raise(above) {
  for (const drawn of above) {
    const layer = open.get(drawn.key);
    if (!layer) continue;
    layer.dialog.close();
    layer.dialog.showModal();
  }
}
