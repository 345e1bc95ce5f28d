import { quantile } from "../measuring/quantile.ts";
import { type Collection, collectionsOf, type Work, workOf } from "./collections.ts";
import { overlap, pausesBetween, type Span, shareIn, total } from "./pauses.ts";
import type { PerfSample } from "./perf.ts";

/** Collected is what is found of one kind of collection; times are in milliseconds. */
export interface Collected {
  readonly perSecond: number;
  /** How many requests are answered from one to the next. */
  readonly requestsEach: number;
  readonly mean: number;
  readonly longest: number;
}

/** Findings are what held up the requests of one task. Times are in milliseconds, shares from 0 to 1. */
export interface Findings {
  readonly rate: number;
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
  readonly scavenges: Collected;
  readonly markCompacts: Collected;
  /** The share of the time in which a collection stops everything. */
  readonly collecting: number;
  /** The share of that which workerd takes to free objects of C++. */
  readonly freeing: number;
  /** The share of the requests that a long collection held up. */
  readonly held: number;
  /** The share of the time of the slowest hundredth of the requests in which a collection stopped everything. */
  readonly slowest: number;
  /** Times in which no request at all was answered, for longer than two take (twice the p50). */
  readonly pauses: {
    readonly perSecond: number;
    readonly mean: number;
    /** The share of the time that they take, and of the requests that wait in one. */
    readonly time: number;
    readonly requests: number;
    /** What the samples of workerd's threads in the pauses are of, as shares of these. */
    readonly works: Readonly<Record<Work, number>>;
  };
}

/**
 * findingsOf returns what requests, from being sent to being answered, have to do with what was sampled
 * meanwhile, both on one clock.
 *
 * @param least how long a collection is that counts as long, in milliseconds
 */
export function findingsOf(
  requests: readonly Span[],
  samples: readonly PerfSample[],
  least: number,
): Findings {
  const answers = requests.map((request) => request.ended).sort((a, b) => a - b);
  const began = requests.reduce((first, request) => Math.min(first, request.began), Infinity);
  const ended = answers.at(-1) ?? began;
  const time = ended - began;
  const latencies = requests.map((request) => request.ended - request.began).sort((a, b) => a - b);
  const p50 = quantile(latencies, 0.5);
  const p99 = quantile(latencies, 0.99);
  const slowest = requests.filter((request) => request.ended - request.began >= p99);
  const meanwhile = samples.filter(({ at }) => at >= began && at <= ended);
  const collections = collectionsOf(meanwhile);
  const long = collections.filter((one) => one.ended - one.began > least);
  const of = (kind: Collection["kind"]) =>
    collectedOf(
      collections.filter((one) => one.kind === kind),
      requests.length,
      time,
    );
  const pauses = pausesBetween(answers, 2 * p50);
  const inPauses = meanwhile.filter(({ at }) => pauses.some((p) => at > p.began && at < p.ended));
  return {
    rate: (requests.length / time) * 1_000,
    p50,
    p99,
    p999: quantile(latencies, 0.999),
    scavenges: of("scavenge"),
    markCompacts: of("mark-compact"),
    collecting: total(collections) / time,
    freeing: sum(collections, (one) => one.freeing) / sum(collections, (one) => one.samples),
    held: shareIn(requests, long),
    slowest: sum(slowest, (request) => overlap(request, collections)) / total(slowest),
    pauses: {
      perSecond: (pauses.length / time) * 1_000,
      mean: total(pauses) / pauses.length,
      time: total(pauses) / time,
      requests: shareIn(requests, pauses),
      works: worksOf(inPauses),
    },
  };
}

function collectedOf(collections: readonly Span[], requests: number, time: number): Collected {
  return {
    perSecond: (collections.length / time) * 1_000,
    requestsEach: requests / collections.length,
    mean: total(collections) / collections.length,
    longest: Math.max(...collections.map(({ began, ended }) => ended - began)),
  };
}

function worksOf(samples: readonly PerfSample[]): Record<Work, number> {
  const works = samples.map(({ stack }) => workOf(stack));
  const share = (work: Work) => works.filter((one) => one === work).length / works.length;
  return {
    scavenge: share("scavenge"),
    "mark-compact": share("mark-compact"),
    commit: share("commit"),
    other: share("other"),
  };
}

function sum<T>(of: readonly T[], value: (one: T) => number): number {
  return of.reduce((all, one) => all + value(one), 0);
}
