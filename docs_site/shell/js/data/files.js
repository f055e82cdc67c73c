// Fetching published files. What cannot be read is an Unreadable with a sentence, never an empty result.

export class Unreadable extends Error {}

async function answer(path) {
  let response;
  try {
    response = await fetch(path, { cache: "no-cache" });
  } catch {
    throw new Unreadable(`${path} cannot be reached. Open this page over http (bluedot serve), or try again later.`);
  }
  if (!response.ok) throw new Unreadable(`${path} cannot be read: the server answered ${response.status}.`);
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

export const list = (value) => (Array.isArray(value) ? value.filter((one) => one && typeof one === "object") : []);
export const object = (value) => (value && typeof value === "object" && !Array.isArray(value) ? value : {});
