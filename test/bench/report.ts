import type { Compared } from "./comparison.ts";
import { type Crowded, crowdGoal } from "./crowd.ts";
import type { Machine } from "./machine.ts";
import type { Options } from "./options.ts";
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
  readonly waited: readonly Waited[];
  readonly told: Told;
  readonly crowded: readonly Crowded[];
  readonly watched: Watched;
}

/** report writes the results for people. Latencies are in milliseconds, rates per second. */
export function report(results: Results): string {
  const { machine, options, compared, waited, told, crowded, watched, seconds } = results;
  const { fsync } = machine;
  return [
    `${machine.cores} cores (${machine.cpu}), ${machine.memoryGiB} GiB, Linux ${machine.kernel}`,
    `node ${machine.node}, workerd ${machine.workerd}; state on ${machine.fileSystem}, ` +
      `4 KiB and fsync p50 ${ms(fsync.p50)} p99 ${ms(fsync.p99)} ms`,
    `medians of ${options.rounds} rounds of ${options.seconds} s, in ${Math.round(seconds)} s`,
    "",
    table([
      ["ours", "conns", "rate/s", "p50", "p99", "bare", "rate/s", "p50", "p99", "ratio", "goal"],
      ...compared.map((row) => [
        row.ours,
        String(row.connections),
        ...[whole(row.of.rate), ms(row.of.p50), ms(row.of.p99)],
        row.bare,
        ...[whole(row.beside.rate), ms(row.beside.p50), ms(row.beside.p99)],
        ...[row.ratio.toFixed(2), verdict(row)],
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
    `${told.waiters} long polls on one operation, told after its end: ` +
      `first ${ms(told.first)} p50 ${ms(told.p50)} last ${ms(told.last)} ms`,
    "",
    ...(watched.watchers < watched.wanted
      ? [`${watched.watchers} watchers, not ${watched.wanted}: ulimit -n allows no more`]
      : []),
    table(watchedRows(watched)),
  ].join("\n");
}

function verdict({ ratio, goal }: Compared): string {
  if (goal === undefined) return "";
  return `≥ ${goal.toFixed(1)} ${ratio >= goal ? "met" : "missed"}`;
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
