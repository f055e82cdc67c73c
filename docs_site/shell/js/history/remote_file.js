// A file on the site of which only the parts that somebody needs come over the network.

import { part, Unreadable } from "../data/files.js";

export const TAIL = 81920; // bytes that are read first: where a table says what it has

/** {byteLength, slice(from, end)}, as hyparquet reads a file. */
export async function open(path) {
  const tail = await part(path, `-${TAIL}`);
  const cut = ({ content, from: begin }, from, end) => content.slice(from - begin, end - begin);
  return {
    byteLength: tail.size,
    async slice(from, end = tail.size) {
      if (from >= tail.from) return cut(tail, from, end);
      const found = await part(path, `${from}-${end - 1}`);
      // Places of the one version mean nothing in the other.
      if (found.version !== tail.version || found.size !== tail.size) {
        throw new Unreadable(`${path} cannot be read: it was published anew just now. Reload the page.`);
      }
      return cut(found, from, end);
    },
  };
}
