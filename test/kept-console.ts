import { afterEach, beforeEach } from "vitest";

// What is set up around each file inside workerd: the console is kept here, and shown for a test that fails.
//
// Vitest would send each line to its main thread by a call, from whatever event logged it, and wait for all of those
// calls when a file is over. The answer to a call of an event that has ended, or of an object that was aborted, is
// never heard there: the run would wait for ever.

/** most is how many lines are kept. */
const most = 500;

const methods = ["debug", "error", "info", "log", "warn"] as const;

/** Log is how a line is shown, and what shows it where an earlier file of the runtime has put its own in place. */
type Log = typeof console.log & { readonly shown?: typeof console.log };

const said: unknown[][] = [];
const shown = (console.log as Log).shown ?? console.log;

for (const method of methods) {
  const keep = (...args: unknown[]) => {
    said.push(args);
    if (said.length > most) said.shift();
  };
  console[method] = Object.assign(keep, { shown });
}

beforeEach(() => {
  said.length = 0;
});

afterEach(({ task }) => {
  if (task.result?.state !== "fail") return;
  for (const args of said.splice(0)) shown(...args);
});
