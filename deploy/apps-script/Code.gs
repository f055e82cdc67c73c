/**
 * Wakes GitHub Actions when a trigger file in Google Drive was touched: sends a repository_dispatch, once for each touch.
 * What there is to do, the workflow finds out by itself; so a dispatch too many does no harm.
 *
 * Script Properties: GITHUB_REPOSITORY (user/repo), GITHUB_TOKEN, DRIVE_FOLDER (the id of the folder above triggers/).
 */
const EVENTS = { "daily_ready.txt": "daily-data-ready", "weekly_ready.txt": "weekly-data-ready" };
const EVERY_MINUTES = 5;

/** Run once by hand: asks for the rights, looks once, and from then on looks every few minutes. */
function install() {
  watch();
  ScriptApp.getProjectTriggers().forEach((trigger) => ScriptApp.deleteTrigger(trigger));
  ScriptApp.newTrigger("watch").timeBased().everyMinutes(EVERY_MINUTES).create();
}

/** One look. A file that fails does not stop the other; Google mails what is thrown here. */
function watch() {
  const lock = LockService.getScriptLock();
  if (!lock.tryLock(1000)) return; // the look before still goes on
  try {
    const properties = PropertiesService.getScriptProperties();
    const files = newestFiles_(setting_(properties, "DRIVE_FOLDER"));
    const failures = [];
    for (const [name, event] of Object.entries(EVENTS)) {
      try {
        if (files[name]) tell_(properties, files[name], name, event);
      } catch (error) {
        failures.push(`${name}: ${error.message}`);
      }
    }
    if (failures.length) throw new Error(failures.join(" "));
  } finally {
    lock.releaseLock();
  }
}

/** Names in Drive are not unique: of files with one name the newest counts. */
function newestFiles_(root) {
  const newest = {};
  const folders = DriveApp.getFolderById(root).getFoldersByName("triggers");
  if (!folders.hasNext()) throw new Error("The folder DRIVE_FOLDER has no folder triggers: correct the property.");
  while (folders.hasNext()) {
    const files = folders.next().getFiles();
    while (files.hasNext()) {
      const file = files.next();
      const known = newest[file.getName()];
      if (!known || file.getLastUpdated() > known.getLastUpdated()) newest[file.getName()] = file;
    }
  }
  return newest;
}

/** Remembers a touch only when GitHub has taken it: what fails is tried again at the next look. */
function tell_(properties, file, name, event) {
  const text = file.getBlob().getDataAsString().slice(0, 200);
  const touch = `${file.getLastUpdated().toISOString()} ${text}`;
  if (properties.getProperty(`told ${name}`) === touch) return;
  dispatch_(properties, event, { trigger: name, touched: file.getLastUpdated().toISOString(), text: text });
  properties.setProperty(`told ${name}`, touch);
}

function dispatch_(properties, event, payload) {
  const repository = setting_(properties, "GITHUB_REPOSITORY");
  const answer = UrlFetchApp.fetch(`https://api.github.com/repos/${repository}/dispatches`, {
    method: "post",
    contentType: "application/json",
    headers: {
      Authorization: `Bearer ${setting_(properties, "GITHUB_TOKEN")}`,
      Accept: "application/vnd.github+json",
      "X-GitHub-Api-Version": "2022-11-28",
    },
    payload: JSON.stringify({ event_type: event, client_payload: payload }),
    muteHttpExceptions: true, // else the error would repeat the request
  });
  const code = answer.getResponseCode();
  if (code !== 204) throw new Error(`GitHub answered ${code} for ${repository}: ${REMEDIES[code] || "tried again."}`);
}

const REMEDIES = {
  401: "the token has expired or is wrong; make a new one and store it as GITHUB_TOKEN.",
  403: "the token may not write the repository's contents; give it Contents: read and write.",
  404: "there is no such repository for this token; correct GITHUB_REPOSITORY or the token's repositories.",
};

function setting_(properties, name) {
  const value = (properties.getProperty(name) || "").trim();
  if (!value) throw new Error(`The script property ${name} is not set: Project Settings, Script Properties.`);
  return value;
}
