// Starts the page.

import { getJson, opened, post, say } from "./exchange.js";
import { anythingOpen, draw, goOn, unsaved, waits, whenPageChanges } from "./layers.js";
import "./choice_search.js";
import "./menus.js";
import { morph } from "./morph.js";
import { followRuns } from "./profile_steps.js";
import { redrawBody, tabId, unsettled } from "./tab_view.js";

const ASK_AGAIN = 500;
const NEWS = 2000;

whenPageChanges(redrawBody);

// What lay open before the page was loaded again lies open still.
opened.then((answer) => answer && draw(answer));
followRuns();
document.getElementById("body").addEventListener("drawn", followRuns);

setInterval(() => waits().forEach(goOn), ASK_AGAIN);

let version = document.getElementById("body").dataset.version;
async function askNews() {
  const news = await getJson(`/news?${new URLSearchParams({ tab: tabId(), page: location.pathname })}`);
  if (!news) return;
  morph(document.getElementById("nav"), news.nav);
  morph(document.getElementById("notifications"), news.notifications);
  if (version === news.version || typingOnPage()) return;
  version = news.version;
  await redrawBody();
}

function typingOnPage() {
  return !anythingOpen() && document.activeElement?.id === "view-search";
}

// Until here a press would have been lost without a word: the page can be seen before its script has come.
for (const early of document.querySelectorAll("[inert]")) early.inert = false;

setInterval(() => document.hidden || askNews(), NEWS);
document.addEventListener("visibilitychange", () => document.hidden || askNews());
askNews();

// The browser asks in its own words before Back, or closing the window, loses an open form, or a choice that the host
// has not heard of.
addEventListener("beforeunload", (event) => {
  if (unsaved() || unsettled()) event.preventDefault();
});

// What is put away stays in the list of notices; the focus goes on to the next one.
async function putAway(button) {
  const all = [...document.querySelectorAll("[data-put-away]")];
  const next = all[all.indexOf(button) + 1] ?? all[all.indexOf(button) - 1];
  const number = button.dataset.putAway ? Number(button.dataset.putAway) : null;
  if (!await post("/notices/put-away", { number })) return;
  await askNews();
  (document.getElementById(next?.id) ?? document.getElementById("main")).focus();
}

document.addEventListener("click", async (event) => {
  const copy = event.target.closest("[data-copy]");
  if (copy) await copyText(copy);
  const away = event.target.closest("[data-put-away]");
  if (away) await putAway(away);
  const person = event.target.closest("[data-user]");
  if (person && await post("/user", { user: person.dataset.user })) {
    sessionStorage.removeItem("window");
    location.reload();
  }
  const menu = document.getElementById("person-menu");
  if (menu.open && !event.target.closest("#person-menu")) menu.open = false;
});

document.addEventListener("keydown", (event) => {
  const menu = document.getElementById("person-menu");
  if (event.key === "Escape" && menu.open && !anythingOpen()) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

async function copyText(button) {
  try {
    await navigator.clipboard.writeText(button.dataset.copy);
    say("Copied");
    button.dataset.copied = "";
    setTimeout(() => delete button.dataset.copied, 1500);
  } catch {
    say("The browser did not allow copying; select the text instead.");
  }
}

