import type { Audited, Watched } from "./watched.ts";

/** watchedRows is the table of many watchers, ours over bare in its last row. */
export function watchedRows({ watchers, ours, bare }: Watched): string[][] {
  const heads = ["KiB each", "once told", "opened/s", "p50", "p99", "last", "end p50", "end p99"];
  const numbers = ({ memory, memoryTold, upgrades, told, end }: Audited) => [
    ...[memory / 1_024, memoryTold / 1_024, upgrades],
    ...[told.p50, told.p99, told.last, end.p50, end.p99],
  ];
  const beside = numbers(bare);
  const ratios = numbers(ours).map((value, n) => value / (beside[n] ?? Number.NaN));
  const row = (name: string, values: readonly number[], decimals = 1) => [
    name,
    String(watchers),
    ...values.map((value) => value.toFixed(decimals)),
  ];
  return [
    ["told of a change, ms", "sockets", ...heads],
    row("watchers of one operation", numbers(ours)),
    row("bare object that broadcasts", beside),
    row("ratio", ratios, 2),
  ];
}
