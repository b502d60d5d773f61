// Brings what is shown in line with newly drawn HTML, touching only what differs: focus, selection, scroll position and
// folded sections stay as they are.

function alike(one, other) {
  return one.nodeType === other.nodeType && one.nodeName === other.nodeName && (one.id ?? "") === (other.id ?? "");
}

// What the page's script and its person change, and a redraw leaves alone.
function isOwn(node, name) {
  return (name === "open" && node.nodeName === "DETAILS") || name === "data-copied"
    || (node.dataset.keeps?.split(" ").includes(name) ?? false);
}

function sameAttributes(old, fresh) {
  for (const { name } of [...old.attributes]) {
    if (!isOwn(old, name) && !fresh.hasAttribute(name)) old.removeAttribute(name);
  }
  for (const { name, value } of fresh.attributes) {
    if (isOwn(old, name)) continue;
    if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
}

function sameValue(old, fresh) {
  // What is being typed to find something is nobody's value yet.
  if (old === document.activeElement && old.getAttribute("role") === "combobox") return;
  if (old.nodeName === "INPUT" && (old.type === "checkbox")) old.checked = fresh.checked;
  else if (old.nodeName === "INPUT" && (old.type === "radio" || old.type === "file")) return;
  else if (old.nodeName === "INPUT" || old.nodeName === "TEXTAREA" || old.nodeName === "SELECT") {
    if (old.value !== fresh.value) old.value = fresh.value;
  }
}

function sameChildren(old, fresh) {
  let place = old.firstChild;
  for (const wanted of [...fresh.childNodes]) {
    let match = null;
    if (place && alike(place, wanted)) match = place;
    else if (wanted.id) match = [...old.childNodes].find((node) => alike(node, wanted)) ?? null;
    if (!match) {
      old.insertBefore(document.importNode(wanted, true), place);
      continue;
    }
    if (match === place) place = place.nextSibling;
    else old.insertBefore(match, place);
    sameNode(match, wanted);
  }
  while (place) {
    const next = place.nextSibling;
    place.remove();
    place = next;
  }
}

function sameNode(old, fresh) {
  if (old.nodeType === Node.TEXT_NODE) {
    if (old.data !== fresh.data) old.data = fresh.data;
    return;
  }
  if (old.nodeType !== Node.ELEMENT_NODE || old.hasAttribute("data-own")) return;
  sameAttributes(old, fresh);
  if (old.nodeName !== "TEXTAREA") sameChildren(old, fresh);
  sameValue(old, fresh);
}

export function morph(element, html) {
  const fresh = document.createElement("template");
  fresh.innerHTML = html;
  sameChildren(element, fresh.content);
}
