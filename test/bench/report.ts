import type { Compared, Summary } from "./comparison.ts";
import { type Crowded, crowdGoal } from "./crowd.ts";
import type { Machine } from "./machine.ts";
import type { ObjectCalls } from "./object-calls.ts";
import type { Options } from "./options.ts";
import type { Sized } from "./payloads.ts";
import { type Grown, resultGoal } from "./results.ts";
import type { Sharded } from "./shards.ts";
import { type Told, type Waited, work } from "./waits.ts";
import type { Watched } from "./watched.ts";
import { watchedRows } from "./watched-rows.ts";

/** Results are what a run found; `--json` writes them as they are. */
export interface Results {
  readonly startedAt: string;
  readonly seconds: number;
  readonly machine: Machine;
  readonly options: Options;
  readonly compared: readonly Compared[];
  readonly swept: readonly Compared[];
  readonly sized: readonly Sized[];
  readonly grown: readonly Grown[];
  readonly calls: readonly ObjectCalls[];
  readonly sharded: readonly Sharded[];
  readonly waited: readonly Waited[];
  readonly told: readonly Told[];
  readonly crowded: readonly Crowded[];
  readonly watched: Watched;
}

/** report writes the results for people. Latencies are in milliseconds, rates per second. */
export function report(results: Results): string {
  const { machine, options, compared, swept, sized, grown, calls, sharded } = results;
  const { waited, told, crowded, watched, seconds } = results;
  const { fsync } = machine;
  return [
    `${machine.cores} cores (${machine.cpu}), ${machine.memoryGiB} GiB, Linux ${machine.kernel}`,
    `node ${machine.node}, workerd ${machine.workerd}; state on ${machine.fileSystem}, ` +
      `4 KiB and fsync p50 ${ms(fsync.p50)} p99 ${ms(fsync.p99)} ms`,
    `medians of ${options.rounds} rounds of ${options.seconds} s, in ${Math.round(seconds)} s`,
    "",
    table(comparedRows(compared)),
    "",
    table(comparedRows(swept)),
    "",
    table(comparedRows(sized, (row) => `${(row as Sized).size} B`)),
    "",
    table([
      [
        "results of 400 KB",
        "conns",
        "p50",
        "cpu",
        "of 100 B",
        "p50",
        "cpu",
        "p50 ×",
        "cpu ×",
        "goal",
      ],
      ...grown.map(({ what, connections, large, small, ratio }) => [
        ...[what, String(connections), ms(large.p50), ms(large.cpu), "", ms(small.p50)],
        ...[ms(small.cpu), ratio.p50.toFixed(2), ratio.cpu.toFixed(2)],
        `≤ ${resultGoal} ${ratio.p50 <= resultGoal ? "met" : "missed"}`,
      ]),
    ]),
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
    table([
      ["SHARDS=8 beside 1", "conns", "rate/s", "cpu", "of 1", "cpu", "rate ×", "cpu ×"],
      ...sharded.map((row) => [
        ...[row.what, String(row.connections), whole(row.many.rate), ms(row.many.cpu)],
        ...[whole(row.one.rate), ms(row.one.cpu), row.rate.toFixed(2), row.cpu.toFixed(2)],
      ]),
    ]),
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

/** Rows of pairs: what was measured of both, our ratio to the bare one, and how the goals stand. */
function comparedRows(
  rows: readonly Compared[],
  note: (row: Compared) => string = goalsOf,
): string[][] {
  const measured = ["rate/s", "p50", "p99", "cpu"];
  const ratios = ["rate ×", "p50 ×", "p99 ×", "cpu ×"];
  const of = ({ rate, p50, p99, cpu }: Summary) => [whole(rate), ms(p50), ms(p99), ms(cpu)];
  const times = ({ ratio: { rate, p50, p99, cpu } }: Compared) =>
    [rate, p50, p99, cpu].map((ratio) => ratio.toFixed(2));
  return [
    ["ours", "conns", ...measured, "bare", ...measured, ...ratios, ""],
    ...rows.map((row) => [
      ...[row.ours, String(row.connections), ...of(row.of)],
      ...[row.bare, ...of(row.beside), ...times(row), note(row)],
    ]),
  ];
}

/** How a pair stands to its goals: a rate is to be at least, a latency at most. */
function goalsOf({ ratio, goals }: Compared): string {
  const names = Object.keys(goals) as (keyof Summary)[];
  return names
    .map((name) => {
      const goal = goals[name] ?? Number.NaN;
      const isMet = name === "rate" ? ratio[name] >= goal : ratio[name] <= goal;
      return `${name} ${name === "rate" ? "≥" : "≤"} ${goal} ${isMet ? "met" : "missed"}`;
    })
    .join(", ");
}

function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, n) => Math.max(...rows.map((row) => row[n]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        // Words to the left, numbers to the right.
        .map((cell, n) => {
          const isWords = rows.slice(1).some((other) => /^[a-zA-Z≥≤]/.test(other[n] ?? ""));
          return isWords || n === 0 ? cell.padEnd(widths[n] ?? 0) : cell.padStart(widths[n] ?? 0);
        })
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

function ms(milliseconds: number): string {
  return milliseconds.toFixed(2);
}

function whole(rate: number): string {
  return String(Math.round(rate));
}
