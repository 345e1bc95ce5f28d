import { setTimeout as sleep } from "node:timers/promises";
import { type Summary, summary } from "./comparison.ts";
import { WrongAnswer, withConnections } from "./connection.ts";
import { measure, now } from "./load.ts";
import type { Options } from "./options.ts";
import { Ours } from "./ours.ts";
import { median, quantile } from "./quantile.ts";
import { readMonitor, type Tenant } from "./tenant.ts";

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
    const samples: Summary[] = [];
    for (let round = 0; round < options.rounds; round++) {
      samples.push(await measure(task, connections, { seconds: options.seconds }));
    }
    const { p50, p99 } = summary(samples);
    found.push({ connections, p50: p50 - work, p99: p99 - work });
  }
  return found;
}

/** Told is how long after an operation's end its waiters knew, in milliseconds. */
export interface Told {
  readonly waiters: number;
  readonly first: number;
  readonly p50: number;
  readonly last: number;
}

/** measureTold lets many long polls wait for one operation, and ends it. */
export async function measureTold(tenant: Tenant, options: Options): Promise<Told> {
  const rounds: Told[] = [];
  // The first round warms up.
  for (let round = 0; round <= options.rounds; round++) {
    rounds.push(await tellOnce(tenant, options.waiters));
  }
  const of = (pick: (told: Told) => number) => median(rounds.slice(1).map(pick));
  return {
    waiters: options.waiters,
    first: of(({ first }) => first),
    p50: of(({ p50 }) => p50),
    last: of(({ last }) => last),
  };
}

async function tellOnce(tenant: Tenant, waiters: number): Promise<Told> {
  const body = JSON.stringify({ kind: "simulate", input: { outcome: "hang" } });
  const path = "/api/v1/operations";
  const { id } = readMonitor(await tenant.ask({ method: "POST", path, body }), 202);
  const poll = tenant.text({ method: "GET", path: `${path}/${id}?wait=50s` });
  return withConnections(tenant.origin, waiters, async (connections) => {
    const polls = connections.map(async (connection) => {
      const answer = await connection.send(poll);
      return { answer, at: now() };
    });
    while ((await tenant.stats()).waiters < waiters) await sleep(10);
    const canceled = await tenant.ask({ method: "POST", path: `${path}/${id}:cancel` });
    readMonitor(canceled, 202);
    const told = await Promise.all(polls);
    const times = told.map(({ answer, at }) => {
      const op = readMonitor(answer, 200);
      if (op.status !== "canceled" || op.id !== id || op.finishedAt === undefined) {
        throw new WrongAnswer(`A waiter was told ${answer.body}`);
      }
      return at - Date.parse(op.finishedAt);
    });
    times.sort((a, b) => a - b);
    return {
      waiters,
      first: quantile(times, 0),
      p50: quantile(times, 0.5),
      last: quantile(times, 1),
    };
  });
}
