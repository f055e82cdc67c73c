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

export async function json(path) {
  const response = await answer(path);
  try {
    const content = await response.json();
    if (content && typeof content === "object" && !Array.isArray(content)) return content;
  } catch {
    // Said below: cut short, empty, or no JSON at all is the same to who reads the page.
  }
  throw new Unreadable(`${path} cannot be read: it is not the JSON that it should be.`);
}

export async function text(path) {
  return (await answer(path)).text();
}

export const list = (value) => (Array.isArray(value) ? value.filter((one) => one && typeof one === "object") : []);
export const object = (value) => (value && typeof value === "object" && !Array.isArray(value) ? value : {});
