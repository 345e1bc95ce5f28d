import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { Bare } from "./measuring/bare.ts";
import { WrongAnswer } from "./measuring/connection.ts";
import { measure, now, type Task } from "./measuring/load.ts";
import { Ours } from "./measuring/ours.ts";
import { type Serving, serveBare, serveOurs } from "./measuring/serving.ts";
import { Tenant } from "./measuring/tenant.ts";
import { warmUp } from "./measuring/warm-up.ts";
import { named, orUsage, within } from "./options.ts";
import { type Findings, findingsOf } from "./sampling/findings.ts";
import type { Span } from "./sampling/pauses.ts";
import { checkPerf, monotonic, type PerfSample, record, recorded } from "./sampling/perf.ts";
import { findingsRows } from "./sampling/rows.ts";
import { markdown } from "./tables.ts";

// npm run bench:pauses: what the slowest requests wait for, ours and those of the bare object.
//
// When each answer came stands beside what `perf` of Linux sampled of workerd at that time. The table is in
// Markdown. Status 0; 1 when an answer was wrong or it could not run, as without perf (Debian: linux-perf); 2
// for wrong arguments.

const token = "token-of-the-pauses";
const usage = `usage: npm run bench:pauses -- [create|result|get|insert|insertUpdate|read …]
                               [--seconds 20] [--connections 32] [--least 10]`;

/** frequency is how often each thread is sampled in a second of a processor: a scavenge takes some milliseconds. */
const frequency = 4_000;

/** attached is how long perf gets to find the threads, and to write what it has, in seconds. */
const attached = 0.5;

/** verbs are what is done, by the names of arguments, and what each is called in the table. */
const verbs = {
  create: "create",
  result: "create with its result",
  get: "get",
  insert: "INSERT",
  insertUpdate: "INSERT + UPDATE",
  read: "read by key",
} as const;
type Verb = keyof typeof verbs;

const { asked, seconds, connections, least } = readArguments();
const directory = await mkdtemp(path.join(tmpdir(), "edge-operations-pauses-"));
try {
  await checkPerf();
  const found: [string, Findings][] = [];
  for (const verb of asked) {
    found.push([verbs[verb], await look(verb)]);
    console.error(`${verbs[verb]}: looked at for ${seconds} s`);
  }
  console.log(markdown(findingsRows(found, { connections, least })));
} catch (error) {
  console.error(error instanceof WrongAnswer ? `Wrong answer: ${error.message}` : error);
  process.exitCode = 1;
} finally {
  await rm(directory, { recursive: true, force: true });
}

/** look does one task on a process of its own. */
async function look(verb: Verb): Promise<Findings> {
  const serving = isOurs(verb)
    ? await serveOurs(directory, { TOKEN: token }, verb)
    : await serveBare(directory, verb);
  try {
    const task = await prepared(verb, serving);
    await warmUp(task, connections);
    const file = path.join(directory, `${verb}.perf`);
    const extent = { seconds: seconds + 2 * attached, frequency };
    const written = record(serving.pid, file, extent);
    await sleep(attached * 1_000);
    const requests: Span[] = [];
    const ahead = monotonic() - now();
    await measure(task(), connections, { seconds }, (sent, at) =>
      requests.push({ began: sent + ahead, ended: at + ahead }),
    );
    await written;
    const samples: PerfSample[] = [];
    for await (const sample of recorded(file)) samples.push(sample);
    if (samples.length === 0) throw new Error("perf has sampled nothing");
    return findingsOf(requests, samples, least);
  } finally {
    await serving.stop();
  }
}

/** prepared makes what a task reads, and returns how to begin it. */
async function prepared(verb: Verb, serving: Serving): Promise<() => Task> {
  if (isOurs(verb)) {
    const ours = new Ours(new Tenant(serving.origin, token), serving.pid);
    await ours.prepare();
    return () => ours[verb]();
  }
  const bare = new Bare(serving);
  const rows = bare.rows();
  await measure(rows.task, 8, { count: rows.count });
  return () => bare.task(verb);
}

function isOurs(verb: Verb): verb is "create" | "result" | "get" {
  return verb === "create" || verb === "result" || verb === "get";
}

function readArguments() {
  return orUsage(usage, () => {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        seconds: { type: "string", default: "20" },
        connections: { type: "string", default: "32" },
        least: { type: "string", default: "10" },
      },
    });
    return {
      asked: named(Object.keys(verbs) as Verb[], positionals),
      seconds: within("seconds", values.seconds, 1, 60),
      connections: within("connections", values.connections, 1, 1_000),
      least: within("least", values.least, 1, 1_000),
    };
  });
}
