import { Bare, type BareVerb } from "../measuring/bare.ts";
import { measure, type Sample, type Task } from "../measuring/load.ts";
import type { Ours } from "../measuring/ours.ts";
import { median, quantile } from "../measuring/quantile.ts";
import type { Serving } from "../measuring/serving.ts";
import { warmUp } from "../measuring/warm-up.ts";
import type { Options } from "../options.ts";

/** Summary is the medians of the rounds, and the p99.9 of all of them together: one has too few that slow. */
export type Summary = Omit<Sample, "count" | "latencies"> & { readonly p999: number };

/** Compared is one of ours beside its bare counterpart, on so many connections. */
export interface Compared {
  readonly ours: string;
  readonly bare: string;
  readonly connections: number;
  readonly of: Summary;
  readonly beside: Summary;
  /** Ours over the bare one, each but the p99.9 the median of the rounds' own ratios, for rounds drift. */
  readonly ratio: Readonly<Record<keyof Summary, number>>;
  readonly goals: Goals;
}

/** Goals are what the ratios should come to: a rate at least, a latency at most. */
export type Goals = Readonly<Partial<Record<keyof Summary, number>>>;

/** Pair is what stands beside what; goals are for the many connections, and for one. */
interface Pair {
  readonly ours: string;
  readonly bare: string;
  readonly many: Goals;
  readonly alone: Goals;
}

const pairs: readonly Pair[] = [
  { ours: "create", bare: "INSERT", many: { rate: 1.4, p99: 1.5 }, alone: { p50: 2 } },
  {
    ours: "create with its result",
    bare: "INSERT + UPDATE",
    many: { rate: 1.2, p99: 1.5 },
    alone: { p50: 2 },
  },
  { ours: "create with its result", bare: "INSERT, commit, UPDATE", many: {}, alone: {} },
  { ours: "get", bare: "read by key", many: { rate: 1, p99: 1.5 }, alone: { p50: 1.4 } },
  { ours: "get", bare: "RPC echo", many: {}, alone: {} },
];

/** sweep are the numbers of connections on which work is asked for with its result. */
const sweep = [1, 8, 32, 128];

/** Rounds say how often something is measured, how long, and on how many connections it is warmed up. */
export type Rounds = Pick<Options, "rounds" | "seconds" | "connections">;

/** Named are tasks, and what they are called in a report. */
export type Named = readonly (readonly [string, () => Task])[];

/** compare measures ours and the bare object in turns, round by round. */
export async function compare(ours: Ours, serving: Serving, options: Options): Promise<Compared[]> {
  const bare = new Bare(serving);
  const rows = bare.rows();
  await measure(rows.task, 8, { count: rows.count });
  await ours.prepare();
  const of = (verb: BareVerb) => () => bare.task(verb);
  // Neighbours are what is compared.
  const tasks: Named = [
    ["create", () => ours.create()],
    ["INSERT", of("insert")],
    ["create with its result", () => ours.result()],
    ["INSERT + UPDATE", of("insertUpdate")],
    ["INSERT, commit, UPDATE", of("insertCommitUpdate")],
    ["get", () => ours.get()],
    ["read by key", of("read")],
    ["RPC echo", of("echo")],
  ];
  const samples = await measureAll(tasks, [options.connections, 1], options);
  return [options.connections, 1].flatMap((connections) =>
    pairs.map((pair) => {
      const goals = connections === 1 ? pair.alone : pair.many;
      return compared(samples, pair, connections, goals);
    }),
  );
}

/** compareWaits measures creates with their results on few connections and on many. */
export async function compareWaits(
  ours: Ours,
  serving: Serving,
  options: Options,
): Promise<Compared[]> {
  const bare = new Bare(serving);
  const pair = { ours: "create with its result", bare: "INSERT + UPDATE" };
  const tasks: Named = [
    [pair.ours, () => ours.result()],
    [pair.bare, () => bare.task("insertUpdate")],
  ];
  const samples = await measureAll(tasks, sweep, options);
  return sweep.map((connections) => compared(samples, pair, connections, {}));
}

/** compareInTurns measures tasks and their counterparts, pair after pair, each on so many connections. */
export async function compareInTurns(
  tasks: Named,
  counterparts: Named,
  counts: readonly number[],
  options: Rounds,
  goals: Goals = {},
): Promise<Compared[]> {
  const found: Compared[] = [];
  for (const [index, task] of tasks.entries()) {
    const counterpart = counterparts[index] ?? task;
    const pair = { ours: task[0], bare: counterpart[0] };
    const samples = await measureAll([task, counterpart], counts, options);
    found.push(...counts.map((count) => compared(samples, pair, count, goals)));
  }
  return found;
}

type Samples = ReadonlyMap<string, readonly Sample[]>;

/** measureAll measures each of some tasks on each number of connections, once in every round. */
export async function measureAll(
  tasks: Named,
  counts: readonly number[],
  { rounds, seconds, connections: many }: Rounds,
): Promise<Samples> {
  for (const [, task] of tasks) await warmUp(task, many);
  const samples = new Map<string, Sample[]>();
  for (let round = 0; round < rounds; round++) {
    for (const connections of counts) {
      for (const [name, task] of round % 2 === 0 ? tasks : tasks.toReversed()) {
        const sample = await measure(task(), connections, { seconds });
        const known = samples.get(`${name} ${connections}`) ?? [];
        samples.set(`${name} ${connections}`, [...known, sample]);
      }
    }
  }
  return samples;
}

/** compared is a pair on so many connections. */
export function compared(
  samples: Samples,
  { ours, bare }: Pick<Pair, "ours" | "bare">,
  connections: number,
  goals: Goals,
): Compared {
  const samplesOf = (name: string) => samples.get(`${name} ${connections}`) ?? [];
  const of = summary(samplesOf(ours));
  const beside = summary(samplesOf(bare));
  const ratio = (what: Exclude<keyof Summary, "p999">) =>
    median(
      samplesOf(ours).map(
        (sample, round) => sample[what] / (samplesOf(bare)[round]?.[what] ?? Number.NaN),
      ),
    );
  return {
    ours,
    bare,
    connections,
    of,
    beside,
    ratio: {
      rate: ratio("rate"),
      p50: ratio("p50"),
      p99: ratio("p99"),
      p999: of.p999 / beside.p999,
      cpu: ratio("cpu"),
    },
    goals,
  };
}

/** summary returns what several rounds come to. */
export function summary(samples: readonly Sample[]): Summary {
  const all = samples.flatMap(({ latencies }) => latencies).sort((a, b) => a - b);
  return {
    rate: median(samples.map(({ rate }) => rate)),
    p50: median(samples.map(({ p50 }) => p50)),
    p99: median(samples.map(({ p99 }) => p99)),
    p999: quantile(all, 0.999),
    cpu: median(samples.map(({ cpu }) => cpu)),
  };
}
