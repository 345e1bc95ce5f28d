import { WrongAnswer } from "../measuring/connection.ts";
import { measure, type Sample } from "../measuring/load.ts";
import { Ours } from "../measuring/ours.ts";
import { median } from "../measuring/quantile.ts";
import type { Asked, Tenant } from "../measuring/tenant.ts";
import type { Options } from "../options.ts";
import { type Summary, summary } from "./comparison.ts";

/** Crowded is a get in a map of many live operations beside one in a map of none. */
export interface Crowded {
  readonly live: number;
  /** Of these, how many have an attempt at work; the others wait for their time. */
  readonly running: number;
  readonly connections: number;
  readonly empty: Summary;
  readonly crowded: Summary;
  /** Latency over latency: the medians of each round's own ratio. */
  readonly p50: number;
  readonly p99: number;
}

/** goal is what the p99 may rise by. */
export const crowdGoal = 2;

/** share of the live operations are at work: hanging, with an attempt each. */
const share = 0.1;

/** measureCrowd fills one map with live operations, and gets finished ones there and in another. */
export async function measureCrowd(
  { crowd, alone }: { readonly crowd: Tenant; readonly alone: Tenant },
  pid: number,
  options: Options,
): Promise<Crowded[]> {
  const running = Math.round(options.live * share);
  const answers = await crowd.each(options.live, (n) => (n < running ? hanging : waiting));
  const failed = answers.find(({ status }) => status !== 202);
  if (failed) throw new WrongAnswer(`live: ${failed.status} ${failed.body}`);
  const { byStatus } = (await crowd.stats()).operations;
  if (byStatus.running !== running || byStatus.pending !== options.live - running) {
    throw new WrongAnswer(`Want ${options.live} live, not ${JSON.stringify(byStatus)}`);
  }

  const maps = { empty: new Ours(alone, pid), crowded: new Ours(crowd, pid) };
  await maps.empty.prepare();
  await maps.crowded.prepare();
  const found: Crowded[] = [];
  for (const connections of [options.connections, 1]) {
    const samples: Record<keyof typeof maps, Sample[]> = { empty: [], crowded: [] };
    for (let round = 0; round <= options.rounds; round++) {
      const order = ["empty", "crowded"] as const;
      for (const name of round % 2 === 0 ? order : order.toReversed()) {
        const { seconds } = options;
        const sample = await measure(maps[name].get(), connections, { seconds });
        // The first round warms up.
        if (round > 0) samples[name].push(sample);
      }
    }
    const ratio = (of: (sample: Sample) => number) =>
      median(samples.crowded.map((s, n) => of(s) / of(samples.empty[n] ?? s)));
    found.push({
      live: options.live,
      running,
      connections,
      empty: summary(samples.empty),
      crowded: summary(samples.crowded),
      p50: ratio(({ p50 }) => p50),
      p99: ratio(({ p99 }) => p99),
    });
  }
  return found;
}

const waiting = live({ kind: "echo", input: {}, startAfter: "24h" });
const hanging = live({ kind: "simulate", input: { outcome: "hang" }, deadline: "24h" });

function live(body: object): Asked {
  return { method: "POST", path: "/api/v1/operations", body: JSON.stringify(body) };
}
