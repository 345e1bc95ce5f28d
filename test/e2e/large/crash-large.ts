import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { Client } from "../client.ts";
import { rest } from "../rest.ts";
import { startServed } from "../served.ts";
import { LargeUpstream, mebibyte, slowly } from "./bodies.ts";
import { readOnDisk, wrongs } from "./bucket-on-disk.ts";
import { LargeLoad } from "./large-load.ts";

// npm run crash:large: kills workerd with SIGKILL while large bodies go into the bucket, again and again
// on one state directory, and holds what is there afterwards, the bucket's own files included, against
// every answer that was received.

/**
 * settleTime is how long a restarted Worker is left alone, in milliseconds: its alarm is due within 10 s,
 * and what is made again then takes less than 2 s.
 */
const settleTime = 14_000;

/** lapseTime is longer than a body that was arriving is kept, and than the alarm after that may take. */
const lapseTime = 75_000;

/** CrashLargeOptions say how hard to try. */
export interface CrashLargeOptions {
  readonly rounds: number;
  readonly writers: number;
  /** Told a line for each round. */
  readonly log?: (line: string) => void;
}

/** CrashLargeReport counts over all rounds; whatever should not have happened is a line in `violations`. */
export interface CrashLargeReport {
  /** What was asked for and acknowledged, and of it what a kill cut off. */
  readonly acknowledged: number;
  readonly cutOff: number;
  /** Deletes that were acknowledged. */
  readonly removed: number;
  /** Bodies that arrived whole, and of which the upstream has said so. */
  readonly uploaded: number;
  /** Operations of which a kill took an attempt, and that succeeded by another, or ended as `interrupted`. */
  readonly again: number;
  readonly interrupted: number;
  /** Results that were read and compared byte by byte. */
  readonly compared: number;
  readonly violations: readonly string[];
}

/** crashLarge runs the rounds and reports; it throws only where the Worker does not start. */
export async function crashLarge(options: CrashLargeOptions): Promise<CrashLargeReport> {
  const { rounds, writers, log = () => {} } = options;
  const state = await mkdtemp(path.join(tmpdir(), "edge-operations-crash-large-"));
  const upstream = new LargeUpstream(slowly);
  await upstream.start();
  const env = {
    RESULTS: "true",
    MAX_UPLOAD: String(16 * mebibyte),
    SHARDS: "2",
    UPSTREAMS: JSON.stringify({ up: upstream.url }),
  };
  const load = new LargeLoad();
  try {
    for (let round = 1; round <= rounds; round++) {
      const served = await startServed({ state, env, restarts: true });
      try {
        const client = new Client(served.url);
        const working = load.begin(client, writers);
        await Promise.race([load.enough(2 * writers), working]);
        await sleep(Math.random() * 1_500);
        // In the middle of one, also where the machine is busy with other things.
        for (let waited = 0; upstream.giving === 0 && waited < 10_000; waited += 5) await sleep(5);
        load.end();
        await served.crash();
        await working;
        // Asking would be waking.
        await rest(round === rounds ? lapseTime : settleTime);
        await load.check(client);
      } finally {
        await served.stop();
      }
      load.violations.push(...wrongs(await readOnDisk(state), round === rounds));
      log(
        `round ${round}: ${JSON.stringify({ ...load.report, violations: load.violations.length })}`,
      );
    }
  } finally {
    await upstream.stop();
    await rm(state, { recursive: true, force: true });
  }
  return load.report;
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      rounds: { type: "string", default: "10" },
      writers: { type: "string", default: "6" },
    },
  });
  const { violations, ...counts } = await crashLarge({
    rounds: Number(values.rounds),
    writers: Number(values.writers),
    log: (line) => console.log(line),
  });
  for (const line of violations.slice(0, 50)) console.error(line);
  for (const [name, count] of Object.entries(counts)) console.log(name.padEnd(13), count);
  console.log("violations".padEnd(13), violations.length);
  if (violations.length > 0) process.exitCode = 1;
}
