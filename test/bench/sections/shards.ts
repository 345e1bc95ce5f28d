import { WrongAnswer } from "../measuring/connection.ts";
import type { Task } from "../measuring/load.ts";
import { Ours } from "../measuring/ours.ts";
import { type Serving, serveOurs } from "../measuring/serving.ts";
import { Tenant } from "../measuring/tenant.ts";
import type { Options } from "../options.ts";
import { type Compared, compareInTurns, type Named } from "./comparison.ts";

const token = "sharded-token-of-the-benchmark";

/** counts are the numbers of objects that are measured beside a map of one. */
const counts = ["2", "4", "8"];

/** measureShards measures the same of maps of several objects and of a map of one, on one machine. */
export async function measureShards(directory: string, options: Options): Promise<Compared[]> {
  const serve = (shards: string) =>
    serveOurs(directory, { TOKEN: token, SHARDS: shards }, `shards-${shards}`);
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
        found.push(...(await compareInTurns(...tasks, [options.connections], options)));
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
  const tenant = new Tenant(origin, token);
  const ours = new Ours(tenant, pid);
  await ours.prepare();
  return [
    [`${of}: create with its result`, () => ours.result()],
    [`${of}: get`, () => ours.get()],
    [`${of}: list of 20`, () => asking(tenant, pid, "/api/v1/operations?limit=20")],
    [`${of}: stats`, () => asking(tenant, pid, "/api/v1/stats")],
  ];
}

/** asking is a GET that every object has a part in. */
function asking(tenant: Tenant, pid: number, path: string): Task {
  return {
    origin: tenant.origin,
    pid,
    request: () => tenant.text({ method: "GET", path }),
    check: ({ status, body }) => {
      if (status !== 200) throw new WrongAnswer(`${path}: ${status} ${body}`);
    },
  };
}
