import type { Machine } from "./measuring/machine.ts";
import type { Options } from "./options.ts";
import type { Compared } from "./sections/comparison.ts";
import { type Crowded, crowdGoal } from "./sections/crowd.ts";
import type { ObjectCalls } from "./sections/object-calls.ts";
import type { Sized } from "./sections/payloads.ts";
import { audience, type WatchCost } from "./sections/sharded-watches.ts";
import { type Told, type Waited, work } from "./sections/waits.ts";
import type { Watched } from "./sections/watched.ts";
import { watchedRows } from "./sections/watched-rows.ts";
import { comparedRows, ms, table } from "./tables.ts";

/** Results are what a run found; `--json` writes them as they are. */
export interface Results {
  readonly startedAt: string;
  readonly seconds: number;
  readonly machine: Machine;
  readonly options: Options;
  readonly compared: readonly Compared[];
  readonly swept: readonly Compared[];
  readonly sized: readonly Sized[];
  readonly grown: readonly Compared[];
  readonly calls: readonly ObjectCalls[];
  readonly sharded: readonly Compared[];
  readonly barePages: readonly Compared[];
  readonly watches: readonly WatchCost[];
  readonly finished: readonly Compared[];
  readonly waited: readonly Waited[];
  readonly told: readonly Told[];
  readonly crowded: readonly Crowded[];
  readonly watched: Watched;
}

/** report writes the results for people. Latencies are in milliseconds, rates per second. */
export function report(results: Results): string {
  const { machine, options, compared, swept, sized, grown, calls, sharded, finished } = results;
  const { watches, waited, told, crowded, watched, seconds } = results;
  const { fsync } = machine;
  return [
    `${machine.cores} cores (${machine.cpu}), ${machine.memoryGiB} GiB, Linux ${machine.kernel}`,
    `node ${machine.node}, workerd ${machine.workerd}; state on ${machine.fileSystem}, ` +
      `4 KiB and fsync p50 ${ms(fsync.p50)} p99 ${ms(fsync.p99)} ms`,
    `medians of ${options.rounds} rounds of ${options.seconds} s, p99.9 of all of them together, ` +
      `in ${Math.round(seconds)} s`,
    "",
    table(comparedRows(compared)),
    "",
    table(comparedRows(swept)),
    "",
    table(comparedRows(sized, (row) => `${(row as Sized).size} B`)),
    "",
    table(comparedRows(grown)),
    "",
    table([
      ["object requests", "conns", "operations", "requests", "each", "goal"],
      ...calls.map(({ what, connections, operations, requests, goal }) => [
        ...[what, String(connections), String(operations), String(requests)],
        (requests / operations).toFixed(2),
        goal === undefined ? "" : `≤ ${goal} ${requests / operations <= goal ? "met" : "missed"}`,
      ]),
    ]),
    "",
    table(comparedRows([...sharded, ...results.barePages])),
    "",
    table([
      ["SHARDS", "cpu of opening a watch of all", `cpu of a create, ${audience} watch`],
      ...watches.map(({ shards, opening, told: each }) => [shards, ms(opening), ms(each)]),
    ]),
    "",
    table(comparedRows(finished)),
    "",
    table([
      [
        "get among live operations",
        "conns",
        "p50",
        "p99",
        "of an empty map",
        "p50",
        "p99",
        "p50 ×",
        "p99 ×",
        "goal",
      ],
      ...crowded.map((row) => [
        `${row.live} live, ${row.running} at work`,
        String(row.connections),
        ...[ms(row.crowded.p50), ms(row.crowded.p99)],
        "",
        ...[ms(row.empty.p50), ms(row.empty.p99)],
        ...[row.p50.toFixed(2), row.p99.toFixed(2)],
        `≤ ${crowdGoal} ${row.p99 <= crowdGoal ? "met" : "missed"}`,
      ]),
    ]),
    "",
    table([
      [`wait for ${work} ms of work`, "conns", "p50 over", "p99 over", "RPC echo", "p50", "p99"],
      ...waited.map((row) => {
        const echo = compared.find(
          ({ bare, connections }) => bare === "RPC echo" && connections === row.connections,
        )?.beside;
        const [p50, p99] = [ms(echo?.p50 ?? Number.NaN), ms(echo?.p99 ?? Number.NaN)];
        return ["", String(row.connections), ms(row.p50), ms(row.p99), "", p50, p99];
      }),
    ]),
    "",
    table([
      [`${told[0]?.waiters} long polls`, "first", "p50", "p99", "last"],
      ...told.map((row) => [row.what, ms(row.first), ms(row.p50), ms(row.p99), ms(row.last)]),
    ]),
    "",
    ...(watched.watchers < watched.wanted
      ? [`${watched.watchers} watchers, not ${watched.wanted}: ulimit -n allows no more`]
      : []),
    table(watchedRows(watched)),
  ].join("\n");
}
