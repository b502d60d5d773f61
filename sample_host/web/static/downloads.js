// Hands a file to the browser, which keeps it where the person's downloads go; the host writes nothing.

import { say } from "./exchange.js";

const KEPT = 60_000;

export function save({ name, type, text }) {
  const address = URL.createObjectURL(new Blob([text], { type: `${type};charset=utf-8` }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  // The browser may ask where to put it; until then the address has to work.
  setTimeout(() => URL.revokeObjectURL(address), KEPT);
  say(`${name} is in your downloads`);
}
