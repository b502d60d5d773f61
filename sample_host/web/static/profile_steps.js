// A profile's page: settings are kept as they are chosen, and a migration shows how it goes.

import { getJson, post, say } from "./exchange.js";
import { draw } from "./layers.js";
import { morph } from "./morph.js";
import { changing } from "./tab_view.js";

const body = document.getElementById("body");
const POLL = 500;
const polling = new Set();
const NOTHING = Promise.resolve({});
let told = NOTHING;

// The host hears of it in the order in which the person did it, which two connections would not keep: documents must
// not go to the company of a connection that was just replaced. What waits behind something refused is not sent.
function inOrder(address, values) {
  const mine = told.then((kept) => kept && post(address, values));
  told = mine;
  mine.then(() => { if (told === mine) told = NOTHING; });
  return mine;
}

function address(step) {
  return `/profiles/${encodeURIComponent(step.dataset.profile)}/steps/${encodeURIComponent(step.dataset.step)}`;
}

async function change(address, values, done) {
  if (await changing(() => inOrder(address, values))) say(done);
}

function settle(step) {
  const setting = (name) => step.querySelector(`[data-setting="${name}"]`).value;
  const mapping = {};
  for (const field of step.querySelectorAll("[data-mapping]")) mapping[field.dataset.mapping] = field.value;
  const settings = { connection_id: setting("connection_id"), document_type: setting("document_type"), mapping };
  change(`${address(step)}/settings`, settings, "Saved");
}

body.addEventListener("change", (event) => {
  const step = event.target.closest(".step");
  if (!step) return;
  if (event.target.matches("[data-setting], [data-mapping]")) settle(step);
  if (event.target.matches("[data-location]")) {
    change(`${address(step)}/location`, { location_id: event.target.value }, "Saved");
  }
});

async function withButton(button, work) {
  if (button.getAttribute("aria-disabled") === "true") {
    button.parentElement.classList.add("show-reason");
    setTimeout(() => button.parentElement.classList.remove("show-reason"), 4000);
    return;
  }
  if (button.hasAttribute("aria-busy")) return;
  button.setAttribute("aria-busy", "true");
  await work();
  button.removeAttribute("aria-busy");
}

body.addEventListener("click", (event) => {
  const step = event.target.closest(".step");
  const button = event.target.closest("button");
  if (!step || !button) return;
  if ("new" in button.dataset) withButton(button, async () => {
    const answer = await inOrder(`${address(step)}/new`, {});
    if (answer) await draw(answer);
  });
  if ("contacts" in button.dataset) withButton(button, async () => {
    const found = step.querySelector(".contacts");
    found.textContent = "Looking up contacts…";
    // Nothing waits for Xero.
    const answer = await told && await post(`${address(step)}/contacts`, {});
    if (answer) found.innerHTML = answer.html;
    else found.textContent = "";
  });
  if ("queue" in button.dataset) withButton(button, () => change(`${address(step)}/queue`, {}, "Queued"));
  if ("queueRunning" in button.dataset) withButton(button, () => {
    const running = Boolean(button.dataset.queueRunning);
    return change("/queue", { running }, running ? "The queue runs" : "The queue is stopped");
  });
  if ("migrate" in button.dataset) withButton(button, async () => {
    const unfinished = button.dataset.migrate === "unfinished";
    if (await inOrder(`${address(step)}/migrate`, { only_unfinished: unfinished })) await follow(step);
  });
});

async function follow(step) {
  const place = address(step);
  if (polling.has(place)) return;
  polling.add(place);
  for (;;) {
    const answer = await getJson(`${place}/run`);
    if (!answer) break;
    morph(step.querySelector(".run"), answer.html);
    if (!answer.running) break;
    await new Promise((resume) => setTimeout(resume, POLL));
  }
  polling.delete(place);
}

export function followRuns() {
  for (const run of body.querySelectorAll('.run[data-running="1"]')) follow(run.closest(".step"));
}
