import { type Summary, summary } from "./comparison.ts";
import { WrongAnswer } from "./connection.ts";
import { measure, type Sample, type Task } from "./load.ts";
import type { Options } from "./options.ts";
import { Ours } from "./ours.ts";
import { median } from "./quantile.ts";
import { type Serving, serveOurs } from "./serving.ts";
import { Tenant } from "./tenant.ts";
import { warmUp } from "./warm-up.ts";

/** Sharded is what a map of eight objects does beside a map of one, on one machine. */
export interface Sharded {
  readonly what: string;
  readonly connections: number;
  readonly many: Summary;
  readonly one: Summary;
  /** Eight over one: the medians of the rounds' own ratios. */
  readonly rate: number;
  readonly cpu: number;
}

const token = "sharded-token-of-the-benchmark";

/** measureShards measures the same of two Workers, one of which has eight objects. */
export async function measureShards(directory: string, options: Options): Promise<Sharded[]> {
  const serve = (shards: string) =>
    serveOurs(directory, { TOKEN: token, SHARDS: shards }, `shards-${shards}`);
  const serving = [await serve("8"), await serve("1")] as const;
  try {
    const tasks = await Promise.all(serving.map(tasksOf));
    const found: Sharded[] = [];
    for (const [index, [what]] of (tasks[0] ?? []).entries()) {
      const samples: Sample[][] = [[], []];
      const { connections, seconds } = options;
      const both = tasks.flatMap((own) => own[index]?.[1] ?? []);
      for (const task of both) await warmUp(task, connections);
      for (let round = 0; round < options.rounds; round++) {
        for (const [of, task] of both.entries()) {
          samples[of]?.push(await measure(task(), connections, { seconds }));
        }
      }
      const [many = [], one = []] = samples;
      const ratio = (of: (sample: Sample) => number) =>
        median(many.map((sample, round) => of(sample) / of(one[round] ?? sample)));
      found.push({
        what,
        connections: options.connections,
        many: summary(many),
        one: summary(one),
        rate: ratio(({ rate }) => rate),
        cpu: ratio(({ cpu }) => cpu),
      });
    }
    return found;
  } finally {
    await Promise.all(serving.map((one) => one.stop()));
  }
}

async function tasksOf({ origin, pid }: Serving): Promise<[string, () => Task][]> {
  const tenant = new Tenant(origin, token);
  const ours = new Ours(tenant, pid);
  await ours.prepare();
  return [
    ["create with its result", () => ours.result()],
    ["get", () => ours.get()],
    ["list of 20", () => asking(tenant, pid, "/api/v1/operations?limit=20")],
    ["stats", () => asking(tenant, pid, "/api/v1/stats")],
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
