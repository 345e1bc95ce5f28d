import { createHash, randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { compare, compareWaits } from "./comparison.ts";
import { WrongAnswer } from "./connection.ts";
import { measureCrowd } from "./crowd.ts";
import { machineFacts } from "./machine.ts";
import { measureCalls } from "./object-calls.ts";
import { type Options, readOptions } from "./options.ts";
import { Ours } from "./ours.ts";
import { comparePayloads } from "./payloads.ts";
import { type Results, report } from "./report.ts";
import { measureResults } from "./results.ts";
import { type Serving, serveBare, serveOurs } from "./serving.ts";
import { measureShards } from "./shards.ts";
import { Tenant } from "./tenant.ts";
import { measureTold, measureWaits } from "./waits.ts";
import { measureWatched } from "./watched.ts";

// npm run bench: this project's Worker beside a bare Durable Object, both on workerd itself.
//
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
    const found = { compared, swept, sized, grown, calls, sharded, waited, told, crowded, watched };
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
