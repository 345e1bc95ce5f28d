import { setTimeout as sleep } from "node:timers/promises";
import { WrongAnswer } from "../measuring/connection.ts";
import { measure, now } from "../measuring/load.ts";
import { Ours } from "../measuring/ours.ts";
import { processorTime } from "../measuring/process-facts.ts";
import { median } from "../measuring/quantile.ts";
import { type Serving, serveOurs } from "../measuring/serving.ts";
import { Tenant } from "../measuring/tenant.ts";
import { warmUp } from "../measuring/warm-up.ts";
import { WatchSocket } from "../measuring/watch-socket.ts";
import type { Options } from "../options.ts";

/** WatchCost is what watches of all operations cost a map of so many objects, in milliseconds of CPU. */
export interface WatchCost {
  readonly shards: string;
  /** Of opening one. */
  readonly opening: number;
  /** Of a create with its result while `audience` watch. */
  readonly told: number;
}

/** counts are the numbers of objects. */
const counts = ["1", "2", "4", "8"];

/** opened is how many watches are opened in a round, and abreast how many at a time. */
const opened = 200;
const abreast = 20;

/** audience is how many watch while so many operations are created: fewer than fill 1 MiB, for nobody acknowledges. */
export const audience = 50;
const creates = 200;

/** settling is how long watchers that leave may take to have left, and patience how long all may take to be told. */
const settling = 1_500;
const patience = 10_000;

/** measureShardedWatches opens watches of all operations and has them told, of maps of several objects in turns. */
export async function measureShardedWatches(
  directory: string,
  options: Options,
): Promise<WatchCost[]> {
  const token = "sharded-watches-of-the-benchmark";
  const serving: Serving[] = [];
  try {
    for (const shards of counts) {
      const environment = { TOKEN: token, SHARDS: shards };
      serving.push(await serveOurs(directory, environment, `watches-${shards}`));
    }
    const costs: { opening: number; told: number }[][] = counts.map(() => []);
    for (const { origin, pid } of serving) {
      await warmUp(() => new Ours(new Tenant(origin, token), pid).result(), options.connections);
    }
    // The first round warms up.
    for (let round = 0; round <= options.rounds; round++) {
      for (const [index, one] of serving.entries()) {
        const cost = await costOf(one, token, options.connections);
        if (round > 0) costs[index]?.push(cost);
      }
    }
    return counts.map((shards, index) => ({
      shards,
      opening: median((costs[index] ?? []).map(({ opening }) => opening)),
      told: median((costs[index] ?? []).map(({ told }) => told)),
    }));
  } finally {
    await Promise.all(serving.map((one) => one.stop()));
  }
}

async function costOf({ origin, pid }: Serving, token: string, connections: number) {
  const tenant = new Tenant(origin, token);
  let ends = 0;
  const open = () =>
    WatchSocket.open(origin, "/api/v1/watch", tenant.headers, {
      text: (payload) => {
        if (payload.includes('"status":"succeeded"')) ends += 1;
      },
      closed: () => {},
    });
  const sockets: WatchSocket[] = [];
  try {
    const before = await processorTime(pid);
    while (sockets.length < opened) {
      sockets.push(...(await Promise.all(Array.from({ length: abreast }, open))));
    }
    const opening = ((await processorTime(pid)) - before) / opened;
    for (const socket of sockets.splice(audience)) socket.drop();
    await sleep(settling);
    const began = await processorTime(pid);
    const { count } = await measure(new Ours(tenant, pid).result(), connections, {
      count: creates,
    });
    const until = now() + patience;
    while (ends < count * audience && now() < until) await sleep(10);
    if (ends !== count * audience) {
      throw new WrongAnswer(`${audience} watchers were told ${ends} ends of ${count}`);
    }
    return { opening, told: ((await processorTime(pid)) - began) / count };
  } finally {
    for (const socket of sockets) socket.drop();
    await sleep(settling);
  }
}
