// Talks to the host. Every post carries the session's token and says which window it comes from.

const token = document.querySelector('meta[name="csrf-token"]').content;
const trouble = document.getElementById("trouble");

function windowId() {
  let id = sessionStorage.getItem("window");
  if (!id) {
    id = crypto.randomUUID();
    sessionStorage.setItem("window", id);
  }
  return id;
}

export const WINDOW = windowId();

export function say(sentence) {
  const said = document.getElementById("said");
  said.textContent = "";
  requestAnimationFrame(() => { said.textContent = sentence; });
}

export function showTrouble(sentence) {
  trouble.hidden = !sentence;
  trouble.querySelector("p").textContent = sentence;
  // Dialogs would cover it; a popover lies above them.
  if (sentence && document.querySelector("dialog[open]")) {
    trouble.popover = "manual";
    if (!trouble.matches(":popover-open")) trouble.showPopover();
  } else {
    trouble.popover = null;
  }
}

const SILENT = "The host does not answer. What was saved is safe; start it again if it ended.";

async function answered(request) {
  let response;
  try {
    response = await request();
  } catch {
    showTrouble(SILENT);
    return null;
  }
  if (trouble.textContent.includes(SILENT)) showTrouble("");
  return response;
}

// What lies open in this window. The host hears of this page though it be left at once: what lay open on the page
// before is gone.
export const opened = send("/window", { page: location.pathname }, { keepalive: true });

// Nothing is sent before the host knows which page this is: a dialog opened before would be gone with the page before.
export async function post(address, body) {
  await opened;
  return send(address, body);
}

async function send(address, body, options = {}) {
  const response = await answered(() => fetch(address, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-CSRF-Token": token, "X-Window": WINDOW },
    body: JSON.stringify(body),
    ...options,
  }));
  if (!response) return null;
  let answer;
  try {
    answer = await response.json();
  } catch {
    showTrouble("The host answered something that this page does not understand. Open the page again.");
    return null;
  }
  if (!response.ok) {
    showTrouble(answer.problem ?? "Something went wrong. Open the page again.");
    return null;
  }
  showTrouble("");
  return answer;
}

async function get(address) {
  const response = await answered(() => fetch(address, { headers: { "X-Window": WINDOW } }));
  return response && (response.ok || response.status === 404) ? response : null;
}

export async function getHtml(address) {
  return (await get(address))?.text() ?? null;
}

export async function getJson(address) {
  return (await get(address))?.json() ?? null;
}
