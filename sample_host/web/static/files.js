// Files that a person chooses or drops: read as text here, refused in words, sent with the values of their form.

const texts = new WeakMap();
const reading = new WeakMap();

export function fileText(input) {
  return texts.get(input) ?? "";
}

// What was chosen a moment ago may still be on its way from the disk.
export function filesRead(root) {
  return Promise.all([...root.querySelectorAll('input[type="file"]')].map((input) => reading.get(input)));
}

function size(bytes) {
  if (bytes < 1000) return `${bytes} bytes`;
  return bytes < 1_000_000 ? `${Math.floor(bytes / 1000)} kB` : `${Math.floor(bytes / 100_000) / 10} MB`;
}

async function textOf(file, endings, most) {
  if (endings.length && !endings.some((ending) => file.name.toLowerCase().endsWith(ending.toLowerCase()))) {
    throw new Error(`“${file.name}” was not taken: only files that end with ${endings.join(" or ")} fit here.`);
  }
  if (file.size > most) throw new Error(`“${file.name}” was not taken: it is larger than ${size(most)}.`);
  let bytes;
  try {
    bytes = await file.arrayBuffer();
  } catch {
    throw new Error(`“${file.name}” cannot be read. Choose it again.`);
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new Error(`“${file.name}” was not taken: it is no text in UTF-8. Save it as UTF-8 and choose it again.`);
  }
}

async function read(input) {
  const refused = document.getElementById(`${input.id}-refused`);
  const file = input.files[0];
  const before = fileText(input);
  texts.delete(input);
  refused.textContent = "";
  if (file) await take(input, file, refused);
  if (fileText(input) !== before) input.dispatchEvent(new CustomEvent("file-read", { bubbles: true }));
}

async function take(input, file, refused) {
  const endings = input.dataset.endings.split(" ").filter(Boolean);
  try {
    const text = await textOf(file, endings, Number(input.dataset.most));
    if (input.files[0] === file) texts.set(input, text);
  } catch (problem) {
    input.value = "";
    refused.textContent = problem.message;
  }
}

// Before any other listener asks for the values.
document.addEventListener("input", (event) => {
  if (event.target.matches?.('input[type="file"][data-field]')) reading.set(event.target, read(event.target));
}, { capture: true });
