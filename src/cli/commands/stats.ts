import type { Spread, Stats } from "../../client/index.ts";
import { statuses } from "../../core/operation/operation.ts";
import { ExitStatus, type Status } from "../exit-status.ts";
import type { Screen } from "../output/screen.ts";
import { table } from "../output/table.ts";
import type { Session } from "../session.ts";

/** stats is `kubecfg stats`. */
export async function stats(session: Session): Promise<Status> {
  const { signal, printer, stdout } = session;
  const found = await (await session.client()).stats({ signal });
  await printer.print({
    value: found,
    ids: Object.keys(found.operations.byKind),
    table: () => statsTables(found, stdout),
  });
  return ExitStatus.ok;
}

/**
 * statsTables returns four tables: operations by kind and status, current work, the state of each kind with the
 * durations of its operations, and requests; and one of spans if any have been sent or dropped.
 */
export function statsTables(found: Stats, screen: Screen) {
  const { operations, attempts, waiters, kinds: standing = {}, spans, requests } = found;
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
    ...spread(latency),
  ]);
  const took = Object.entries(standing).map(([kind, of]) => [
    kind,
    ...[of.running - of.asking, of.asking, of.parked].map(String),
    spread(of.toStart).slice(1).join(" "),
    spread(of.toFinish).slice(1).join(" "),
  ]);
  const timeTitles = ["KIND", "AT WORK", "ASKING", "PARKED", "P50 P95 P99 TO START", "TO FINISH"];
  const routeTitles = ["ROUTE", "REQUESTS", "STATUSES", "MEAN", "P50", "P95", "P99"];
  const spanTitles = ["SPANS EXPORTED", "DROPPED"];
  const shrinking = new Set(["KIND", "ROUTE", "STATUSES"]);
  const columns = (names: readonly string[]) =>
    names.map((title) => ({ title, shrinks: shrinking.has(title) }));
  return [
    table(columns(titles), [...kinds, all], screen),
    table(columns(["ATTEMPTS", "WAITERS"]), [[String(attempts), String(waiters)]], screen),
    ...(took.length > 0 ? [table(columns(timeTitles), took, screen)] : []),
    ...(routes.length > 0 ? [table(columns(routeTitles), routes, screen)] : []),
    ...(spans && spans.exported + spans.dropped > 0
      ? [table(columns(spanTitles), [[String(spans.exported), String(spans.dropped)]], screen)]
      : []),
  ].join("\n\n");
}

/** The mean and the quantiles; dashes if nothing was counted. */
function spread(of: Spread | undefined): string[] {
  return of ? [of.mean, of.p50, of.p95, of.p99].map(milliseconds) : ["-", "-", "-", "-"];
}

function milliseconds(value: number): string {
  return `${Number(value.toPrecision(3))}ms`;
}
