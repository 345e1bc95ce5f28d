import { Bare } from "./bare.ts";
import { measure, type Sample, type Task } from "./load.ts";
import type { Options } from "./options.ts";
import type { Ours } from "./ours.ts";
import { median } from "./quantile.ts";

/** Summary is the medians of the rounds. */
export type Summary = Omit<Sample, "count">;

/** Compared is one of ours beside its bare counterpart, on so many connections. */
export interface Compared {
  readonly ours: string;
  readonly bare: string;
  readonly connections: number;
  readonly of: Summary;
  readonly beside: Summary;
  /** Our rate over the bare one: the median of each round's own ratio, for rounds drift. */
  readonly ratio: number;
  readonly goal: number | undefined;
}

/** pairs says what stands beside what; a goal is for the many connections. */
const pairs = [
  { ours: "create", bare: "INSERT", goal: 1.3 },
  { ours: "create with its result", bare: "INSERT + UPDATE", goal: 1.0 },
  { ours: "create with its result", bare: "INSERT, commit, UPDATE", goal: undefined },
  { ours: "get", bare: "read by key", goal: 0.8 },
  { ours: "get", bare: "RPC echo", goal: undefined },
] as const;

/** warmUp is how long each task runs before it is measured, in seconds. */
const warmUp = 0.5;

/** compare measures ours and the bare object in turns, round by round. */
export async function compare(ours: Ours, origin: URL, options: Options): Promise<Compared[]> {
  const bare = new Bare(origin);
  const rows = bare.rows();
  await measure(rows.task, 8, { count: rows.count });
  await ours.prepare();
  // Neighbours are what is compared.
  const tasks: [string, () => Task][] = [
    ["create", () => ours.create()],
    ["INSERT", () => bare.task("insert")],
    ["create with its result", () => ours.result()],
    ["INSERT + UPDATE", () => bare.task("insertUpdate")],
    ["INSERT, commit, UPDATE", () => bare.task("insertCommitUpdate")],
    ["get", () => ours.get()],
    ["read by key", () => bare.task("read")],
    ["RPC echo", () => bare.task("echo")],
  ];
  for (const [, task] of tasks) await measure(task(), options.connections, { seconds: warmUp });

  const samples = new Map<string, Sample[]>();
  const key = (name: string, connections: number) => `${name} ${connections}`;
  for (let round = 0; round < options.rounds; round++) {
    for (const connections of [options.connections, 1]) {
      for (const [name, task] of round % 2 === 0 ? tasks : tasks.toReversed()) {
        const sample = await measure(task(), connections, { seconds: options.seconds });
        const known = samples.get(key(name, connections)) ?? [];
        samples.set(key(name, connections), [...known, sample]);
      }
    }
  }
  return [options.connections, 1].flatMap((connections) =>
    pairs.map(({ ours: one, bare: other, goal }): Compared => {
      const of = samples.get(key(one, connections)) ?? [];
      const beside = samples.get(key(other, connections)) ?? [];
      return {
        ours: one,
        bare: other,
        connections,
        of: summary(of),
        beside: summary(beside),
        ratio: median(of.map(({ rate }, round) => rate / (beside[round]?.rate ?? Number.NaN))),
        goal: connections === 1 ? undefined : goal,
      };
    }),
  );
}

/** summary answers the medians of several rounds. */
export function summary(samples: readonly Summary[]): Summary {
  return {
    rate: median(samples.map(({ rate }) => rate)),
    p50: median(samples.map(({ p50 }) => p50)),
    p99: median(samples.map(({ p99 }) => p99)),
  };
}
