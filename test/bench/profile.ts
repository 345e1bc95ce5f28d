import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { WrongAnswer } from "./measuring/connection.ts";
import { measure } from "./measuring/load.ts";
import { Ours } from "./measuring/ours.ts";
import { serveOurs } from "./measuring/serving.ts";
import { Tenant } from "./measuring/tenant.ts";
import { warmUp } from "./measuring/warm-up.ts";
import { named, orUsage, within } from "./options.ts";
import { countParts } from "./sampling/parts.ts";
import { checkPerf, record, recorded } from "./sampling/perf.ts";
import { table } from "./tables.ts";

// npm run bench:profile: which parts of workerd the CPU of a request goes to, as `perf` of Linux samples it.
//
// Status 0; 1 when an answer was wrong or it could not run, as without perf (Debian: linux-perf); 2 for
// wrong arguments.

const token = "token-of-the-profile";
const usage =
  "usage: npm run bench:profile -- [create|result|get|list|pages …] [--shards 1] [--seconds 8] [--connections 32]";
const verbs = ["create", "result", "get", "list", "pages"] as const;

const { asked, shards, seconds, connections } = readArguments();
const directory = await mkdtemp(path.join(tmpdir(), "edge-operations-profile-"));
try {
  await checkPerf();
  const shares = new Map<string, Map<string, number>>();
  for (const verb of asked) shares.set(verb, await profile(verb));
  const parts = [...new Set([...shares.values()].flatMap((of) => [...of.keys()]))];
  const percent = (share = 0) => `${(100 * share).toFixed(1)} %`;
  console.log(
    table([
      ["share of the CPU", ...asked],
      ...parts.map((part) => [part, ...asked.map((verb) => percent(shares.get(verb)?.get(part)))]),
    ]),
  );
} catch (error) {
  console.error(error instanceof WrongAnswer ? `Wrong answer: ${error.message}` : error);
  process.exitCode = 1;
} finally {
  await rm(directory, { recursive: true, force: true });
}

/** The share of each part in the samples of one task, each on a process of its own. */
async function profile(verb: (typeof verbs)[number]): Promise<Map<string, number>> {
  const serving = await serveOurs(directory, { TOKEN: token, SHARDS: `${shards}` }, verb);
  try {
    const ours = new Ours(new Tenant(serving.origin, token), serving.pid);
    await ours.prepare();
    await warmUp(() => ours[verb](), connections);
    const file = path.join(directory, `${verb}.perf`);
    const ended = record(serving.pid, file, { seconds, frequency: 1_500 });
    const { rate, cpu } = await measure(ours[verb](), connections, { seconds });
    await ended;
    console.log(`${verb}: ${Math.round(rate)}/s, ${cpu.toFixed(3)} ms of CPU each, sampled`);
    return await countParts(recorded(file));
  } finally {
    await serving.stop();
  }
}

function readArguments() {
  return orUsage(usage, () => {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        shards: { type: "string", default: "1" },
        seconds: { type: "string", default: "8" },
        connections: { type: "string", default: "32" },
      },
    });
    return {
      asked: named(verbs, positionals),
      shards: within("shards", values.shards, 1, 64),
      seconds: within("seconds", values.seconds, 1, 60),
      connections: within("connections", values.connections, 1, 1_000),
    };
  });
}
