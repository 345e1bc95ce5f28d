import type { Stats } from "../../client/index.ts";
import { statuses } from "../../core/operation/operation.ts";
import { ExitStatus, type Status } from "../exit-status.ts";
import type { Screen } from "../output/screen.ts";
import { table } from "../output/table.ts";
import type { Add } from "../run.ts";
import type { Session } from "../session.ts";

/** addStats is `kubecfg stats`. */
export const addStats: Add = (program, run) =>
  program
    .command("stats")
    .description("count what there is, and how long requests took")
    .action(run(stats));

async function stats(session: Session): Promise<Status> {
  const { signal, printer, stdout } = session;
  const found = await (await session.client()).stats({ signal });
  await printer.print({
    value: found,
    ids: Object.keys(found.operations.byKind),
    table: () => statsTables(found, stdout),
  });
  return ExitStatus.ok;
}

/** statsTables is three tables: operations by kind and status, what is under way, and requests. */
export function statsTables({ operations, attempts, waiters, requests }: Stats, screen: Screen) {
  const counts = (by: Readonly<Record<string, number | undefined>>) =>
    statuses.map((status) => String(by[status] ?? 0));
  const kinds = Object.entries(operations.byKind).map(([kind, by]) => [
    kind,
    String(Object.values(by).reduce((sum, count) => sum + count, 0)),
    ...counts(by),
  ]);
  const all = ["(all)", String(operations.total), ...counts(operations.byStatus)];
  const titles = ["KIND", "TOTAL", ...statuses.map((status) => status.toUpperCase())];
  const routes = Object.entries(requests).map(([route, { count, statuses: by, latency }]) => [
    route,
    String(count),
    Object.entries(by)
      .map(([status, times]) => `${status}:${times}`)
      .join(" "),
    ...[latency.mean, latency.p50, latency.p95, latency.p99].map(milliseconds),
  ]);
  const routeTitles = ["ROUTE", "REQUESTS", "STATUSES", "MEAN", "P50", "P95", "P99"];
  const shrinking = new Set(["KIND", "ROUTE", "STATUSES"]);
  const columns = (names: readonly string[]) =>
    names.map((title) => ({ title, shrinks: shrinking.has(title) }));
  return [
    table(columns(titles), [...kinds, all], screen),
    table(columns(["ATTEMPTS", "WAITERS"]), [[String(attempts), String(waiters)]], screen),
    ...(routes.length > 0 ? [table(columns(routeTitles), routes, screen)] : []),
  ].join("\n\n");
}

function milliseconds(value: number): string {
  return `${Number(value.toPrecision(3))}ms`;
}
