import { setTimeout as sleep } from "node:timers/promises";
import { WrongAnswer } from "../measuring/connection.ts";
import { mostOpenFiles, residentSize } from "../measuring/process-facts.ts";
import { median, quantile } from "../measuring/quantile.ts";
import { type Serving, serveBare, serveOurs } from "../measuring/serving.ts";
import { Tenant } from "../measuring/tenant.ts";
import type { Options } from "../options.ts";
import { Audience, type Stage } from "./audience.ts";

/** Times are how long after the request for a change its watchers knew, in milliseconds. */
export interface Times {
  readonly p50: number;
  readonly p99: number;
  readonly last: number;
}

/** Audited is what so many watchers cost one Worker. */
export interface Audited {
  /** What the memory of workerd grew by with each socket that was opened, in bytes. */
  readonly memory: number;
  /** The same after all have been told several times. */
  readonly memoryTold: number;
  /** Upgrades per second. */
  readonly upgrades: number;
  readonly told: Times;
  /** Of the last change, after which every socket is closed. */
  readonly end: Times;
}

/** Watched is a crowd of sockets on one operation beside one on an object that only broadcasts. */
export interface Watched {
  readonly watchers: number;
  /** More than watchers where the limit of open files allowed no more. */
  readonly wanted: number;
  readonly ours: Audited;
  readonly bare: Audited;
}

/** spare is how many of the files that a process may open are for other things. */
const spare = 200;

/** filesEach is how many files workerd opens for one WebSocket: it duplicates the connection. */
const filesEach = 2;

/** settling is how long workerd may take to tidy up before its memory is looked at. */
const settling = 500;

/** rehearsal is how many sockets come and go before memory is looked at: code, pools, caches. */
const rehearsal = 200;

/** Show is one Worker with something to watch: change `n` is asked for, and then is heard. */
interface Show {
  readonly stage: Stage;
  readonly pid: number;
  /** change makes the change `n`; the last one ends the show. */
  change(n: number, isLast: boolean): Promise<void>;
  /** check throws where what was told of change `n` is wrong. */
  check(text: string, n: number, isLast: boolean): void;
}

/**
 * measureWatched lets many watch one operation, and then as many the bare object, which broadcasts
 * the very same frames. Both are on a workerd of their own, so that its memory is theirs.
 */
export async function measureWatched(directory: string, options: Options): Promise<Watched> {
  const token = "watched";
  const ours = await serveOurs(directory, { TOKEN: token, EXTERNAL_KINDS: "watched" }, "watched");
  const wanted = options.watchers;
  const frames: string[] = [];
  let watchers = wanted;
  const audited = await using(ours, async () => {
    const here = (await mostOpenFiles(process.pid)) - spare;
    const there = Math.floor(((await mostOpenFiles(ours.pid)) - spare) / filesEach);
    watchers = Math.min(wanted, here, there);
    if (watchers < 1) throw new Error("Too few files may be open to watch: see ulimit -n");
    const show = await operationShow(new Tenant(ours.origin, token), ours.pid, frames);
    return audit(show, watchers, options.rounds);
  });
  const bare = await serveBare(directory, "watched-bare");
  const beside = await using(bare, () => audit(bareShow(bare, frames), watchers, options.rounds));
  return { watchers, wanted, ours: audited, bare: beside };
}

async function audit(show: Show, watchers: number, rounds: number): Promise<Audited> {
  const rehearsing = await Audience.open(show.stage, Math.min(rehearsal, watchers));
  rehearsing.drop();
  await sleep(settling);
  const empty = await residentSize(show.pid);
  const began = performance.now();
  const audience = await Audience.open(show.stage, watchers);
  try {
    const upgrades = (watchers / (performance.now() - began)) * 1_000;
    const grown = async () => {
      await sleep(settling);
      return ((await residentSize(show.pid)) - empty) / watchers;
    };
    const memory = await grown();
    const hear = async (n: number, isLast: boolean) => {
      const { times, text } = await audience.hear(() => show.change(n, isLast));
      show.check(text, n, isLast);
      return timesOf(times);
    };
    const all: Times[] = [];
    for (let n = 0; n <= rounds; n++) all.push(await hear(n, false));
    const memoryTold = await grown();
    const end = await hear(rounds + 1, true);
    await audience.dismissed();
    // The first round warms up.
    const of = (pick: (times: Times) => number) => median(all.slice(1).map(pick));
    const told = { p50: of(({ p50 }) => p50), p99: of(({ p99 }) => p99), last: of((t) => t.last) };
    return { memory, memoryTold, upgrades, told, end };
  } finally {
    audience.drop();
  }
}

/** An operation of outside work, whose worker reports and at last completes it. */
async function operationShow(tenant: Tenant, pid: number, frames: string[]): Promise<Show> {
  const path = "/api/v1/operations";
  const post = async (method: string, where: string, body: object): Promise<unknown> => {
    const answer = await tenant.ask({ method, path: where, body: JSON.stringify(body) });
    if (answer.status >= 300) throw new WrongAnswer(`${where}: ${answer.status} ${answer.body}`);
    return JSON.parse(answer.body);
  };
  await post("POST", path, { kind: "watched", input: {}, deadline: "1h" });
  const claimed = (await post("POST", `${path}:claim`, { kinds: ["watched"], lease: "1h" })) as {
    operations: { id: string; attempt: number; version: number }[];
  };
  const [operation] = claimed.operations;
  if (!operation) throw new WrongAnswer("There was nothing to claim");
  const { id, attempt, version } = operation;
  return {
    // Who knows this version is told nothing until the next.
    stage: {
      origin: tenant.origin,
      path: `${path}/${id}/watch?after=${version}`,
      headers: tenant.headers,
    },
    pid,
    async change(n, isLast) {
      if (isLast) await post("POST", `${path}/${id}:complete`, { attempt, result: n });
      else await post("PATCH", `${path}/${id}`, { attempt, statusMessage: `step ${n}` });
    },
    check(text, n, isLast) {
      const { operation: told } = JSON.parse(text) as {
        operation: { id: string; version: number; status: string };
      };
      const isRight =
        told.id === id &&
        told.version === version + 1 + n &&
        told.status === (isLast ? "succeeded" : "running");
      if (!isRight) throw new WrongAnswer(`Watchers were told of change ${n}: ${text}`);
      frames.push(text);
    },
  };
}

function bareShow({ origin, pid }: Serving, frames: readonly string[]): Show {
  const tenant = new Tenant(origin, "bare");
  return {
    stage: { origin, path: "/watch/all", headers: tenant.headers },
    pid,
    async change(n, isLast) {
      const path = isLast ? "/dismiss/all" : "/broadcast/all";
      const answer = await tenant.ask({ method: "POST", path, body: frames[n] ?? "" });
      if (answer.status !== 200) throw new WrongAnswer(`${path}: ${answer.status} ${answer.body}`);
    },
    check(text, n) {
      if (text !== frames[n]) throw new WrongAnswer(`bare broadcast: ${text}`);
    },
  };
}

async function using<T>(serving: Serving, use: () => Promise<T>): Promise<T> {
  try {
    return await use();
  } finally {
    await serving.stop();
  }
}

function timesOf(sorted: readonly number[]): Times {
  return { p50: quantile(sorted, 0.5), p99: quantile(sorted, 0.99), last: quantile(sorted, 1) };
}
