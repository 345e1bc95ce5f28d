import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { Client } from "./client.ts";
import { Audit } from "./crash-audit.ts";
import { added, type CrashReport, Ledger } from "./crash-ledger.ts";
import { Load } from "./crash-load.ts";
import { Receiver, webhookSecret } from "./crash-receiver.ts";
import { externalKind, type Sort } from "./crash-work.ts";
import { Workers } from "./crash-workers.ts";
import { rest } from "./rest.ts";
import { startServed } from "./served.ts";

// npm run crash: kills workerd with SIGKILL under load, again and again on one state directory, and
// holds what is there afterwards against every answer that the writers received.

/**
 * settleTime is how long a restarted Worker is left alone, in milliseconds, before anybody asks. Its
 * alarm is due within 10 s (the object's heartbeat); retries of the work here are over 2 s later.
 */
const settleTime = 14_000;

/** sorts are what the rounds are of, in turn. */
const sorts: readonly Sort[] = ["claimed", "waking", "plain"];

const env = {
  SHARDS: "3",
  EXTERNAL_KINDS: externalKind,
  WEBHOOK_SECRET: webhookSecret,
  DEVELOPMENT: "true",
};

/** CrashOptions say how hard to try. */
export interface CrashOptions {
  readonly rounds: number;
  readonly writers: number;
  /** A state directory to use and keep; by default one is made and removed. */
  readonly state?: string;
  /** Told a line for each round. */
  readonly log?: (line: string) => void;
}

/** crash runs the rounds and reports; it throws only where the Worker does not start. */
export async function crash(options: CrashOptions): Promise<CrashReport> {
  const { rounds, writers, log = () => {} } = options;
  const state = options.state ?? (await mkdtemp(path.join(tmpdir(), "edge-operations-crash-")));
  const ledger = new Ledger();
  const receiver = new Receiver(ledger);
  await receiver.start();
  let served = await startServed({ state, env, restarts: true });
  try {
    const client = new Client(served.url);
    for (let round = 1; round <= rounds; round++) {
      const label = `${process.pid}-${Date.now()}-${round}`;
      const sort = sorts[round % sorts.length] ?? "plain";
      const { target } = receiver;
      const load = new Load(client, { label, ledger, sort, target, least: 4 * writers });
      const workers = sort === "claimed" ? new Workers(client, ledger) : undefined;
      const working = Array.from({ length: writers }, () => load.write());
      // Writers end early where something is wrong.
      await Promise.race([load.enough(), Promise.all(working)]);
      await sleep(500 + Math.random() * 1_500);
      load.isOver = true;
      await served.crash();
      const restartedAt = Date.now();
      await Promise.all(working);
      // Polling would be asking.
      await rest(settleTime);
      const askedAt = Date.now();
      const listed = await client.list({ label: `round:${label}` });
      ledger.checkSettled(listed, restartedAt, askedAt);
      await new Audit(client, load, ledger, { receiver, workers }).check(listed, label);
      await workers?.stop();
      log(`round ${round}: ${load.describe()}; ${listed.length} listed; ${ledger.describe()}`);
    }
    await served.stop();
    served = await startServed({ state, env });
    const kept = await new Client(served.url).list();
    ledger.checkKept(kept);
    for (const operation of kept) receiver.check(operation);
  } finally {
    await served.stop();
    await receiver.stop();
    if (options.state === undefined) await rm(state, { recursive: true, force: true });
  }
  return ledger.report(rounds);
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      rounds: { type: "string", default: "20" },
      writers: { type: "string", default: "16" },
      services: { type: "string", default: "1" },
      state: { type: "string" },
    },
  });
  const { state } = values;
  const services = Number(values.services);
  // Most of a round is being left alone, so several services take little more time than one.
  const reports = Array.from({ length: services }, (_, index) =>
    crash({
      rounds: Math.ceil(Number(values.rounds) / services),
      writers: Number(values.writers),
      ...(state !== undefined && { state: path.join(state, String(index)) }),
      log: (line) => console.log(`${index + 1}: ${line}`),
    }),
  );
  const { violations, ...counts } = (await Promise.all(reports)).reduce(added);
  for (const line of violations.slice(0, 50)) console.error(line);
  for (const [name, count] of Object.entries(counts)) console.log(name.padEnd(13), count);
  console.log("violations".padEnd(13), violations.length);
  if (violations.length > 0) process.exitCode = 1;
}
