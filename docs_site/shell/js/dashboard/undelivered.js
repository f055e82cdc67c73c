// Messages to people that a receiver did not take: who waits for an alert must see here that it did not come.

import { element, table } from "../page/dom.js";
import { moment } from "../page/format.js";

/** A panel, or nothing where all was delivered. */
export function undelivered(messages) {
  if (!messages.length) return null;
  const rows = messages.flatMap((one) => Object.entries(one.receivers).map(([receiver, why]) =>
    [element("bdi", {}, String(one.title ?? "")), element("bdi", {}, receiver), element("bdi", {}, String(why)), moment(one.since)]));
  return element("section", { class: "panel details", id: "undelivered" }, element("h3", {}, "Alerts that were not delivered"),
    element("p", { class: "sentence warn" }, "They are tried again with the next run. bluedot notify --test tries each receiver."),
    table("Messages", [{ name: "Message" }, { name: "Receiver" }, { name: "Why" }, { name: "Since" }], rows));
}
