// Runs deploy/apps-script/Code.gs with stand-ins for Google's services. Standard input: {source, properties, looks},
// a look being {files, answers, locked, call}; standard output: for each look what was sent, thrown and remembered.
"use strict";
const vm = require("node:vm");

function listed(items) {
  let at = 0;
  return { hasNext: () => at < items.length, next: () => items[at++] };
}

function drive(look) {
  const files = look.files.map((file) => ({
    getName: () => file.name,
    getLastUpdated: () => new Date(file.updated),
    getBlob: () => ({ getDataAsString: () => file.text }),
  }));
  const triggers = look.files === null ? [] : [{ getFiles: () => listed(files) }];
  return {
    getFolderById: (id) => ({ getFoldersByName: (name) => listed(name === "triggers" && id === "root" ? triggers : []) }),
  };
}

function runLook(input, look, properties) {
  const did = { requests: [], error: null, released: 0, timers: [] };
  const answers = [...(look.answers || [])];
  const sandbox = {
    DriveApp: drive(look),
    PropertiesService: {
      getScriptProperties: () => ({
        getProperty: (name) => (name in properties ? properties[name] : null),
        setProperty: (name, value) => void (properties[name] = value),
      }),
    },
    LockService: {
      getScriptLock: () => ({ tryLock: () => !look.locked, releaseLock: () => void (did.released += 1) }),
    },
    UrlFetchApp: {
      fetch: (url, options) => {
        did.requests.push({ url, ...options });
        const code = answers.length ? answers.shift() : 204;
        if (code === "unreachable") throw new Error("Address unavailable: https://api.github.com");
        return { getResponseCode: () => code };
      },
    },
    ScriptApp: {
      getProjectTriggers: () => ["old"],
      deleteTrigger: (trigger) => void did.timers.push(`deleted ${trigger}`),
      newTrigger: (name) => ({
        timeBased: () => ({
          everyMinutes: (minutes) => ({ create: () => void did.timers.push(`${name} every ${minutes}`) }),
        }),
      }),
    },
  };
  try {
    vm.runInNewContext(`${input.source}\n${look.call || "watch"}();`, sandbox);
  } catch (error) {
    did.error = error.message;
  }
  return { ...did, properties: { ...properties } };
}

const input = JSON.parse(require("node:fs").readFileSync(0, "utf-8"));
const properties = { ...input.properties };
process.stdout.write(JSON.stringify(input.looks.map((look) => runLook(input, look, properties))));
