// A button that copies a text, and what it does where the browser does not let it.

import { Unreadable } from "../data/files.js";
import { element } from "./dom.js";

/** `read` gives {text, note}: what to copy, and what is shown then. It is called on the click. The button is the first child. */
export function copyButton(label, read) {
  const status = element("span", { class: "copied", role: "status" });
  const box = element("textarea", { readonly: true, rows: 4, hidden: true, "aria-label": `${label}: the text`, spellcheck: "false" });
  const button = element("button", { type: "button", click: async () => {
    status.textContent = "Reading …";
    try {
      const found = await read();
      const copied = await copy(found.text);
      box.hidden = copied;
      box.value = copied ? "" : found.text;
      status.textContent = copied ? `Copied. ${found.note ?? ""}` : `The text is selected: press Ctrl+C (⌘C). ${found.note ?? ""}`;
      if (!copied) box.select();
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error;
      status.textContent = error.message;
    }
  } }, label);
  return element("div", { class: "copying" }, button, status, box);
}

/** Whether it is in the clipboard: browsers allow that over https and on this machine, after a click. */
async function copy(text) {
  if (!navigator.clipboard) return false;
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch (error) {
    if (error instanceof DOMException) return false;
    throw error;
  }
}
