// Fetching published files. What cannot be read is an Unreadable with a sentence, never an empty result.

export class Unreadable extends Error {
  constructor(message, status) {
    super(message);
    this.status = status; // that of the server, if it answered
  }
}

async function answer(path, headers) {
  let response;
  try {
    response = await fetch(path, { cache: "no-cache", headers });
  } catch {
    throw new Unreadable(`${path} cannot be reached. Open this page over http (bluedot serve), or try again later.`);
  }
  if (!response.ok) throw new Unreadable(`${path} cannot be read: the server answered ${response.status}.`, response.status);
  return response;
}

const VERSION = 1; // the highest schema_version that these pages know

export async function json(path) {
  const response = await answer(path);
  // Cut short, empty, or no JSON at all is the same to who reads the page.
  const content = await response.json().catch(() => null);
  if (object(content) !== content) throw new Unreadable(`${path} cannot be read: it is not the JSON that it should be.`);
  // A browser may keep these scripts for some minutes after a newer version has published.
  if (content.schema_version > VERSION) throw new Unreadable(`${path} cannot be read: it is newer than this page. Reload the page in some minutes.`);
  return content;
}

export async function text(path) {
  return (await answer(path)).text();
}

/** A part of a file, `from-last` or `-length` in bytes: {content, from, size, version}. A server that knows no parts gives
 * the whole file. `size` is that of the whole, `version` differs when the file was published anew. */
export async function part(path, asked) {
  const response = await answer(path, { Range: `bytes=${asked}` });
  const content = await response.arrayBuffer().catch(() => {
    throw new Unreadable(`${path} cannot be read: the connection broke off. Try again.`);
  });
  const [, from, size] = /^bytes (\d+)-\d+\/(\d+)$/.exec(response.headers.get("Content-Range") ?? "") ?? [null, 0, content.byteLength];
  const version = response.headers.get("Last-Modified") ?? response.headers.get("ETag");
  return { content, from: Number(from), size: Number(size), version };
}

export const list = (value) => (Array.isArray(value) ? value.filter((one) => one && typeof one === "object") : []);
export const object = (value) => (value && typeof value === "object" && !Array.isArray(value) ? value : {});
