// The page beneath all dialogs: draws it anew, and everything about its table.

import { getHtml, post, say } from "./exchange.js";
import { draw } from "./layers.js";
import { morph } from "./morph.js";

const body = document.getElementById("body");
const SEARCH_PAUSE = 250;
const ROOM = 8;
const ASKED = ["search", "filter_id", "sort", "descending", "offset"];
const FIRST_ROW_ACT = ".toolbar > .with-reason > [data-needs-row]:not([aria-disabled])";
let query = fromAddress();
let drawing = 0;
let changes = 0;
let pressing = false;
let told = null;

// What is shown stands in the page's address, so that Back, a reload and a link come to the same rows.
function fromAddress() {
  const asked = new URLSearchParams(location.search);
  return Object.fromEntries(ASKED.filter((name) => asked.has(name)).map((name) => [name, asked.get(name)]));
}

function intoAddress() {
  const told = Object.entries(query).filter(([, value]) => value && value !== "0" && value !== "false");
  const text = String(new URLSearchParams(told));
  history.replaceState(null, "", text ? `${location.pathname}?${text}` : location.pathname);
}

function table() {
  return body.querySelector("table.rows");
}

function picked() {
  return body.querySelector(".pick:checked");
}

export function unsettled() {
  return changes > 0;
}

export function tabId() {
  return body.dataset.tab;
}

export async function redrawBody(select = null) {
  if (changes || !body.dataset.address) return;
  const mine = ++drawing;
  const asked = query;
  const place = new URL(body.dataset.address, location.href);
  for (const [name, value] of Object.entries(asked)) place.searchParams.set(name, value);
  const html = await getHtml(place.pathname + place.search);
  // What was typed or chosen meanwhile is drawn in its turn.
  if (html === null || changes || mine !== drawing || asked !== query) return;
  const before = picked()?.value ?? null;
  morph(body, html);
  pick(select ?? before);
  body.dispatchEvent(new CustomEvent("drawn"));
}

// While the host is being told of a change, nothing that was drawn without it takes the change back on the page.
export async function changing(tell) {
  changes += 1;
  const answer = await tell();
  changes -= 1;
  await redrawBody();
  return answer;
}

function pick(rowId) {
  const radio = rowId === null ? null : document.getElementById(`row-${rowId}`);
  if (radio) radio.checked = true;
  else if (picked()) picked().checked = false;
  rowPicked();
}

// Buttons that work on a row can be used once there is one; a row's problem shows while it is selected.
function rowPicked() {
  const row = picked()?.value ?? null;
  for (const button of body.querySelectorAll("[data-needs-row]")) {
    if (row === null) {
      button.setAttribute("aria-disabled", "true");
      button.setAttribute("aria-describedby", `${button.id}-why`);
    } else {
      button.removeAttribute("aria-disabled");
      button.removeAttribute("aria-describedby");
    }
  }
  for (const line of body.querySelectorAll("tr[data-row]")) {
    line.setAttribute("aria-selected", String(line.dataset.row === row));
  }
  for (const problem of body.querySelectorAll("[data-problem-of]")) problem.hidden = problem.dataset.problemOf !== row;
  uncover(row);
}

// A problem keeps to the lower edge of the screen; where it comes up over its own row, the page makes room once.
function uncover(row) {
  const problem = body.querySelector("[data-problem-of]:not([hidden])");
  const before = told;
  told = problem ? row : null;
  if (!problem || told === before) return;
  const covered = document.getElementById(`line-${row}`).getBoundingClientRect().bottom - problem.getBoundingClientRect().top;
  if (covered > 0) scrollBy(0, covered + ROOM);
}

async function show(changes) {
  query = { ...query, ...changes };
  intoAddress();
  await redrawBody();
  const rows = body.querySelectorAll("tr[data-row]").length;
  say(`${rows} ${rows === 1 ? "row" : "rows"} shown`);
}

// Turns what was last asked for, not what is drawn: a second press may come before the first one's rows.
function sort(column) {
  const { sort: now, descending } = query.sort ? query : table().dataset;
  const turned = now === column && descending !== "true";
  show({ sort: column, descending: turned ? "true" : "false", offset: "0" });
}

// A second press while the first is under way is dropped: it would open a second dialog over the first one's.
async function press(action, row) {
  if (pressing) return;
  pressing = true;
  const answer = await post("/act", { layer: null, tab: tabId(), action, row, values: {} });
  // Free again before the answer is drawn: what comes after it can be pressed at once.
  pressing = false;
  if (answer) await draw(answer);
}

body.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (button?.dataset.act !== undefined) {
    if (button.getAttribute("aria-disabled") === "true") {
      button.parentElement.classList.add("show-reason");
      setTimeout(() => button.parentElement.classList.remove("show-reason"), 4000);
      return;
    }
    press(button.dataset.act, button.closest("[data-problem-of]")?.dataset.problemOf ?? picked()?.value ?? null);
  } else if (button?.dataset.sort !== undefined) sort(button.dataset.sort);
  else if (button?.dataset.offset !== undefined) show({ offset: button.dataset.offset });
  else {
    const line = event.target.closest("tr[data-row]");
    if (line && !String(getSelection())) {
      pick(line.dataset.row);
      picked().focus({ preventScroll: true });
    }
  }
});

body.addEventListener("dblclick", (event) => {
  const edit = body.querySelector(FIRST_ROW_ACT);
  if (event.target.closest("tr[data-row]") && edit) edit.click();
});

body.addEventListener("change", (event) => {
  if (event.target.matches(".pick")) rowPicked();
  if (event.target.id === "view-filter") show({ filter_id: event.target.value, offset: "0" });
});

body.addEventListener("keydown", (event) => {
  if (!event.target.matches(".pick")) return;
  const radios = [...body.querySelectorAll(".pick")];
  const place = { Home: 0, End: radios.length - 1 }[event.key];
  if (place !== undefined) {
    event.preventDefault();
    pick(radios[place].value);
    radios[place].focus();
  } else if (event.key === "Enter") {
    event.preventDefault();
    event.target.checked = true;
    rowPicked();
    body.querySelector(FIRST_ROW_ACT)?.click();
  }
});

let pause = 0;
body.addEventListener("input", (event) => {
  if (event.target.id !== "view-search") return;
  // Noted at once: another redraw may come before the pause is over, and must not take back what was typed.
  query = { ...query, search: event.target.value, offset: "0" };
  clearTimeout(pause);
  pause = setTimeout(() => show({}), SEARCH_PAUSE);
});

const wanted = new URLSearchParams(location.search).get("select");
if (wanted) pick(wanted);
else rowPicked();
