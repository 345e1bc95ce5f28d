import { Ours, outsideKinds } from "../measuring/ours.ts";
import { type Serving, serveOurs } from "../measuring/serving.ts";
import { Tenant } from "../measuring/tenant.ts";
import type { Options } from "../options.ts";
import { type Compared, compareInTurns, type Named } from "./comparison.ts";

const token = "sharded-token-of-the-benchmark";

/** counts are the numbers of objects that are measured beside a map of one. */
const counts = ["2", "4", "8"];

/**
 * heaviest is the number of connections on which the most objects are measured as well: the more calls come together,
 * the more of them share what it costs to ask each object.
 */
const heaviest = 128;

/** measureShards measures the same of maps of several objects and of a map of one, on one machine. */
export async function measureShards(directory: string, options: Options): Promise<Compared[]> {
  const serve = (shards: string) =>
    serveOurs(
      directory,
      { TOKEN: token, SHARDS: shards, EXTERNAL_KINDS: outsideKinds },
      `shards-${shards}`,
    );
  const found: Compared[] = [];
  const one = await serve("1");
  try {
    for (const count of counts) {
      const several = await serve(count);
      try {
        const tasks = [
          await tasksOf(several, `SHARDS=${count}`),
          await tasksOf(one, "SHARDS=1"),
        ] as const;
        const also = count === counts.at(-1) ? [heaviest] : [];
        const connections = [...new Set([options.connections, ...also])];
        found.push(...(await compareInTurns(...tasks, connections, options)));
      } finally {
        await several.stop();
      }
    }
  } finally {
    await one.stop();
  }
  return found;
}

async function tasksOf({ origin, pid }: Serving, of: string): Promise<Named> {
  const ours = new Ours(new Tenant(origin, token), pid);
  await ours.prepare();
  return [
    [`${of}: create with its result`, () => ours.result()],
    [`${of}: get`, () => ours.get()],
    [`${of}: list of the newest 20`, () => ours.list()],
    [`${of}: list of 20, each another page`, () => ours.pages()],
    [`${of}: stats`, () => ours.stats()],
    [`${of}: claim, nothing there`, () => ours.idleClaims()],
    [`${of}: create and claim, in turn`, () => ours.claims()],
    [`${of}: claim that waits and create, in turn`, () => ours.waitingClaims()],
  ];
}
