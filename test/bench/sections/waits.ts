import { setTimeout as sleep } from "node:timers/promises";
import { WrongAnswer, withConnections } from "../measuring/connection.ts";
import { measure, now, type Sample } from "../measuring/load.ts";
import { Ours } from "../measuring/ours.ts";
import { median, quantile } from "../measuring/quantile.ts";
import type { Serving } from "../measuring/serving.ts";
import { readMonitor, Tenant } from "../measuring/tenant.ts";
import type { Options } from "../options.ts";
import { summary } from "./comparison.ts";

/** work is how long the work takes that is waited for, in milliseconds. */
export const work = 50;

/** Waited is what a wait adds to the work's own time, in milliseconds. */
export interface Waited {
  readonly connections: number;
  readonly p50: number;
  readonly p99: number;
}

/** measureWaits awaits simulated work in one request. */
export async function measureWaits(
  tenant: Tenant,
  pid: number,
  options: Options,
): Promise<Waited[]> {
  const task = new Ours(tenant, pid).simulated(work);
  const found: Waited[] = [];
  for (const connections of [options.connections, 1]) {
    const samples: Sample[] = [];
    for (let round = 0; round < options.rounds; round++) {
      samples.push(await measure(task, connections, { seconds: options.seconds }));
    }
    const { p50, p99 } = summary(samples);
    found.push({ connections, p50: p50 - work, p99: p99 - work });
  }
  return found;
}

/** Told is how long after an end its waiters knew, in milliseconds. */
export interface Told {
  readonly what: string;
  readonly waiters: number;
  readonly first: number;
  readonly p50: number;
  readonly p99: number;
  readonly last: number;
}

/** atOnce is how many operations are ended at a time where each waiter has one of its own. */
const atOnce = 32;

/**
 * measureTold lets many long polls wait, all for one operation and then each for one of its own, and
 * ends what they wait for; beside them as many long polls of the bare object, which broadcasts.
 */
export async function measureTold(
  tenant: Tenant,
  bare: Pick<Serving, "origin">,
  options: Options,
): Promise<Told[]> {
  const { waiters } = options;
  const beside = new Tenant(bare.origin, "bare");
  const kinds: readonly (readonly [string, () => Promise<number[]>])[] = [
    ["of one operation", () => tellAll(tenant, waiters)],
    ["each of its own operation", () => tellEach(tenant, waiters)],
    ["of a bare object that broadcasts", () => tellBare(beside, waiters)],
  ];
  const found: Told[] = [];
  for (const [what, tell] of kinds) {
    const rounds: number[][] = [];
    // The first round warms up.
    for (let round = 0; round <= options.rounds; round++) rounds.push(await tell());
    const of = (q: number) => median(rounds.slice(1).map((times) => quantile(times, q)));
    found.push({ what, waiters, first: of(0), p50: of(0.5), p99: of(0.99), last: of(1) });
  }
  return found;
}

const path = "/api/v1/operations";

/** All wait for one operation. */
async function tellAll(tenant: Tenant, waiters: number): Promise<number[]> {
  const id = await hang(tenant);
  return polling(
    tenant,
    waiters,
    () => id,
    () => end(tenant, id),
  );
}

/** Each waits for an operation of its own; they are ended as fast as that goes. */
async function tellEach(tenant: Tenant, waiters: number): Promise<number[]> {
  const made = await tenant.each(waiters, () => hanging);
  const ids = made.map((answer) => readMonitor(answer, 202).id);
  return polling(
    tenant,
    waiters,
    (n) => ids[n] ?? "",
    async () => {
      const left = ids.values();
      const lines = Array.from({ length: atOnce }, async () => {
        for (const id of left) await end(tenant, id);
      });
      await Promise.all(lines);
    },
  );
}

/** All wait for the bare object, whose time of telling is when it was asked to. */
async function tellBare(tenant: Tenant, waiters: number): Promise<number[]> {
  const poll = tenant.text({ method: "GET", path: "/wait/all" });
  return withConnections(tenant.origin, waiters, async (connections) => {
    const polls = connections.map(async (connection) => {
      const { status, body } = await connection.send(poll);
      if (status !== 200 || body !== "told") throw new WrongAnswer(`bare wait: ${status} ${body}`);
      return now();
    });
    const sockets = { method: "GET", path: "/sockets/all" };
    while (Number((await tenant.ask(sockets)).body) < waiters) await sleep(10);
    const began = now();
    await tenant.ask({ method: "POST", path: "/dismiss/all", body: "told" });
    return sorted((await Promise.all(polls)).map((at) => at - began));
  });
}

const hanging = {
  method: "POST",
  path,
  body: JSON.stringify({ kind: "simulate", input: { outcome: "hang" } }),
} as const;

async function hang(tenant: Tenant): Promise<string> {
  return readMonitor(await tenant.ask(hanging), 202).id;
}

async function end(tenant: Tenant, id: string): Promise<void> {
  readMonitor(await tenant.ask({ method: "POST", path: `${path}/${id}:cancel` }), 202);
}

/** polling lets long polls wait until all do, ends what they wait for, and returns how long after its end each was told. */
async function polling(
  tenant: Tenant,
  waiters: number,
  idOf: (n: number) => string,
  endAll: () => Promise<void>,
): Promise<number[]> {
  return withConnections(tenant.origin, waiters, async (connections) => {
    const polls = connections.map(async (connection, n) => {
      const poll = tenant.text({ method: "GET", path: `${path}/${idOf(n)}?wait=50s` });
      const answer = await connection.send(poll);
      const at = now();
      const op = readMonitor(answer, 200);
      if (op.status !== "canceled" || op.id !== idOf(n) || op.finishedAt === undefined) {
        throw new WrongAnswer(`A waiter was told ${answer.body}`);
      }
      return at - Date.parse(op.finishedAt);
    });
    while ((await tenant.stats()).waiters < waiters) await sleep(10);
    await endAll();
    return sorted(await Promise.all(polls));
  });
}

function sorted(times: readonly number[]): number[] {
  return times.toSorted((a, b) => a - b);
}
