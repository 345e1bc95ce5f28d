import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import type { Attempt } from "../../../src/client/index.ts";
import { Client, type Monitor } from "../client.ts";
import { CountingUpstream } from "./counting-upstream.ts";
import { deploys } from "./deploys.ts";
import { judgeJourney, judgeRetreat, type Retreat } from "./judgement.ts";
import { kills } from "./kills.ts";
import type { Trouble } from "./trouble.ts";

// npm run journey: operations of many steps, some of which turn back and undo them, whose workerd is killed with
// SIGKILL again and again, or whose code is reloaded every 2 s, and what their steps did, as an upstream counted it.

/** JourneyReport is what a run found. */
export interface JourneyReport {
  readonly strikes: number;
  readonly operations: number;
  /** Calls of the upstream beyond one for each step: what was cut off and made again. */
  readonly repeated: number;
  readonly wrong: readonly string[];
}

/** JourneyOptions say how hard to try. */
export interface JourneyOptions {
  readonly trouble: (directory: string) => Promise<Trouble>;
  /** How many times there is trouble, at least. */
  readonly strikes: number;
  /** How many operations there are at a time. */
  readonly wave: number;
  readonly log?: (line: string) => void;
}

/** patience is how long a wave may take without trouble, in milliseconds. */
const patience = 90_000;

/** journey kills and judges; it throws only where the Worker does not start or an operation does not end. */
export async function journey({
  trouble,
  strikes,
  wave,
  log = () => {},
}: JourneyOptions): Promise<JourneyReport> {
  const directory = await mkdtemp(path.join(tmpdir(), "edge-operations-journey-"));
  const upstream = new CountingUpstream(path.join(directory, "visits"));
  await upstream.start();
  const service = await trouble(path.join(directory, "state"));
  const client = new Client(service.url, service.token);
  let struck = 0;
  let operations = 0;
  const wrong: string[] = [];
  try {
    while (struck < strikes) {
      const made = await makeWave(client, upstream.url, wave);
      operations += made.length;
      const retreats = await makeRetreats(client, upstream.url, wave);
      operations += retreats.length;
      const isOver = { now: false };
      const answering = answer(client, isOver);
      const canceling = cancel(client, retreats, isOver);
      const until = Date.now() + 6_000 + Math.random() * 6_000;
      while (Date.now() < until) {
        await service.strike();
        struck += 1;
      }
      await service.calm();
      const ended = await settled(client, made);
      const retreated = await settled(
        client,
        retreats.map(({ id }) => id),
      );
      isOver.now = true;
      await Promise.all([answering, canceling]);
      const visits = await upstream.visits();
      for (const op of ended) wrong.push(...judgeJourney(op, visits));
      for (const [index, op] of retreated.entries()) {
        const { body } = await client.json<{ attempts: Attempt[] }>(
          `/api/v1/operations/${op.id}/attempts`,
        );
        const retreat = retreats[index] as Retreat;
        wrong.push(...judgeRetreat(retreat, op, body.attempts, visits));
      }
      log(
        `${struck} times trouble, ${operations} operations, ${visits.length} visits, ${wrong.length} wrong`,
      );
    }
    const visits = await upstream.visits();
    const steps = new Set(visits.map(({ operation, step }) => `${operation} ${step}`));
    return { strikes: struck, operations, repeated: visits.length - steps.size, wrong };
  } finally {
    await service.stop();
    await upstream.stop();
    await rm(directory, { recursive: true, force: true });
  }
}

async function makeWave(client: Client, upstream: string, wave: number): Promise<string[]> {
  const ids: string[] = [];
  for (let n = 0; n < wave; n++) {
    const { status, body } = await client.create({ kind: "journey", input: { upstream } });
    if (status !== 202) throw new Error(`Cannot create: ${status} ${JSON.stringify(body)}`);
    ids.push(body.id);
  }
  return ids;
}

/** ends are how retreats end, in turn. */
const ends = ["failed", "canceled", "deadline_exceeded"] as const;

/** Half as many again turn back after some of their steps: by their failure, a cancel or their deadline. */
async function makeRetreats(client: Client, upstream: string, wave: number): Promise<Retreat[]> {
  const retreats: Retreat[] = [];
  for (let n = 0; n < Math.ceil(wave / 2); n++) {
    const how = ends[n % ends.length] ?? "failed";
    const after = how === "failed" ? Math.floor(Math.random() * 6) : 5;
    const deadline = how === "deadline_exceeded" ? `${2 + Math.random() * 6}s` : "15m";
    const input = { upstream, after, how };
    const { status, body } = await client.create({ kind: "retreat", input, deadline });
    if (status !== 202) throw new Error(`Cannot create: ${status} ${JSON.stringify(body)}`);
    retreats.push({ id: body.id, how });
  }
  return retreats;
}

/** cancel cancels those that end so, each at a time of its own, until somebody has heard it. */
async function cancel(
  client: Client,
  retreats: readonly Retreat[],
  isOver: { readonly now: boolean },
): Promise<void> {
  const unwanted = retreats.filter(({ how }) => how === "canceled");
  await Promise.all(
    unwanted.map(async ({ id }) => {
      await sleep(Math.random() * 6_000);
      while (!isOver.now) {
        const reply = await client
          .json(`/api/v1/operations/${id}:cancel`, { method: "POST" })
          .catch(() => undefined);
        if (reply?.status === 200 || reply?.status === 202) return;
        await sleep(200);
      }
    }),
  );
}

/** answer gives every question its answer, until all is over. */
async function answer(client: Client, isOver: { readonly now: boolean }): Promise<void> {
  while (!isOver.now) {
    await sleep(300);
    const asking = await client.list({ status: "input_required" }).catch(() => []);
    for (const { id } of asking) {
      await client
        .json(`/api/v1/operations/${id}:input`, { method: "POST", body: '{"on":true}' })
        .catch(() => {});
    }
  }
}

async function settled(client: Client, ids: readonly string[]): Promise<Monitor[]> {
  const until = Date.now() + patience;
  const ended: Monitor[] = [];
  for (const id of ids) {
    for (;;) {
      const { body } = await client.get(id, "?wait=5s");
      if (body.finishedAt !== undefined) {
        ended.push(body);
        break;
      }
      if (Date.now() > until) {
        const attempts = await client.json(`/api/v1/operations/${id}/attempts`);
        throw new Error(`Not ended: ${JSON.stringify(body)} ${JSON.stringify(attempts.body)}`);
      }
    }
  }
  return ended;
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      kills: { type: "string", default: "200" },
      deploys: { type: "string" },
      wave: { type: "string", default: "10" },
    },
  });
  const report = await journey({
    trouble: values.deploys === undefined ? kills : deploys,
    strikes: Number(values.deploys ?? values.kills),
    wave: Number(values.wave),
    log: (line) => console.log(line),
  });
  const { wrong, ...counts } = report;
  for (const line of wrong.slice(0, 50)) console.error(line);
  for (const [name, count] of Object.entries(counts)) console.log(name.padEnd(13), count);
  console.log("wrong".padEnd(13), wrong.length);
  if (wrong.length > 0) process.exitCode = 1;
}
