import type { Compared, Summary } from "./sections/comparison.ts";

/** times are what is measured in milliseconds. */
const times = ["p50", "p99", "p999", "cpu"] as const;

/** comparedRows are rows of pairs: what was measured of both, our ratio to the bare one, and how the goals stand. */
export function comparedRows(
  rows: readonly Compared[],
  note: (row: Compared) => string = goalsOf,
): string[][] {
  const measured = ["rate/s", "p50", "p99", "p99.9", "cpu"];
  const ratios = ["rate ×", "p50 ×", "p99 ×", "p99.9 ×", "cpu ×"];
  const of = (found: Summary) => [whole(found.rate), ...times.map((name) => ms(found[name]))];
  const timesOf = ({ ratio }: Compared) =>
    [ratio.rate, ...times.map((name) => ratio[name])].map((value) => value.toFixed(2));
  return [
    ["ours", "conns", ...measured, "bare", ...measured, ...ratios, ""],
    ...rows.map((row) => [
      ...[row.ours, String(row.connections), ...of(row.of)],
      ...[row.bare, ...of(row.beside), ...timesOf(row), note(row)],
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

/** table lays out rows of cells, the first of which are the headings. */
export function table(rows: readonly (readonly string[])[]): string {
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

/** markdown lays out rows of cells, the first of which are the headings, as a table of Markdown. */
export function markdown(rows: readonly (readonly string[])[]): string {
  const [head = [], ...rest] = rows;
  return [head, head.map(() => "---"), ...rest].map((row) => `| ${row.join(" | ")} |`).join("\n");
}

/** ms writes milliseconds. */
export function ms(milliseconds: number): string {
  return milliseconds.toFixed(2);
}

/** whole writes a rate. */
export function whole(rate: number): string {
  return String(Math.round(rate));
}
