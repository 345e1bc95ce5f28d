import { createHash, randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { WrongAnswer } from "./measuring/connection.ts";
import { machineFacts } from "./measuring/machine.ts";
import { Ours } from "./measuring/ours.ts";
import { type Serving, serveBare, serveOurs } from "./measuring/serving.ts";
import { Tenant } from "./measuring/tenant.ts";
import { type Options, readOptions } from "./options.ts";
import { type Results, report } from "./report.ts";
import { measureBarePages } from "./sections/bare-pages.ts";
import { compare, compareWaits } from "./sections/comparison.ts";
import { measureCrowd } from "./sections/crowd.ts";
import { measureFinished } from "./sections/finished.ts";
import { measureCalls } from "./sections/object-calls.ts";
import { comparePayloads } from "./sections/payloads.ts";
import { measureResults } from "./sections/results.ts";
import { measureShardedWatches } from "./sections/sharded-watches.ts";
import { measureShards } from "./sections/shards.ts";
import { measureTold, measureWaits } from "./sections/waits.ts";
import { measureWatched } from "./sections/watched.ts";

// npm run bench: this project's Worker beside a bare Durable Object, both on workerd itself.
//
// The process that asks collects its garbage in one thread (--single-threaded-gc): helpers of V8 that get no
// core while workerd is busy held up every connection at once, for 30 to 200 ms.
// Status 0 whatever the times; 1 when an answer was wrong or it could not run; 2 for wrong arguments.

const options = readOptions(process.argv.slice(2));
try {
  const results = await run(options);
  console.log(report(results));
  if (options.json !== undefined) {
    await writeFile(options.json, `${JSON.stringify(results, null, 2)}\n`);
  }
} catch (error) {
  console.error(error instanceof WrongAnswer ? `Wrong answer: ${error.message}` : error);
  process.exitCode = 1;
}

async function run(chosen: Options): Promise<Results> {
  const began = performance.now();
  const startedAt = new Date().toISOString();
  const directory = await mkdtemp(path.join(chosen.directory, "edge-operations-bench-"));
  const tokens = { busy: newToken(), crowd: newToken(), alone: newToken() };
  const serving: Serving[] = [];
  try {
    const machine = await machineFacts(directory);
    // First, on processes of its own, which have ended when the others begin.
    const watched = await measureWatched(directory, chosen);
    const calls = await measureCalls(directory, chosen);
    const sharded = await measureShards(directory, chosen);
    const barePages = await measureBarePages(directory, chosen);
    const watches = await measureShardedWatches(directory, chosen);
    const finished = await measureFinished(directory, chosen);
    const ours = await serveOurs(directory, {
      TOKEN: tokens.busy,
      TOKENS: JSON.stringify({
        [sha256(tokens.crowd)]: { tenant: "crowd", scopes: ["read", "write"] },
        [sha256(tokens.alone)]: { tenant: "alone", scopes: ["read", "write"] },
      }),
    });
    serving.push(ours);
    const bare = await serveBare(directory);
    serving.push(bare);
    const tenant = (token: string) => new Tenant(ours.origin, token);
    const busy = tenant(tokens.busy);
    const compared = await compare(new Ours(busy, ours.pid), bare, chosen);
    const swept = await compareWaits(new Ours(busy, ours.pid), bare, chosen);
    const sized = await comparePayloads(busy, ours, bare, chosen);
    const grown = await measureResults(directory, chosen);
    const waited = await measureWaits(busy, ours.pid, chosen);
    const told = await measureTold(busy, bare, chosen);
    // Last, for what fills one map weighs on the process that serves them all.
    const maps = { crowd: tenant(tokens.crowd), alone: tenant(tokens.alone) };
    const crowded = await measureCrowd(maps, ours.pid, chosen);
    const seconds = (performance.now() - began) / 1_000;
    const apart = { grown, calls, sharded, barePages, watches, finished, watched };
    const found = { ...apart, compared, swept, sized, waited, told, crowded };
    return { startedAt, seconds, machine, options: chosen, ...found };
  } finally {
    await Promise.all(serving.map((one) => one.stop()));
    await rm(directory, { recursive: true, force: true });
  }
}

function newToken(): string {
  return randomBytes(24).toString("base64url");
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
