import { quantile, type RouteTraffic, type Traffic } from "../../../core/statistics/traffic.ts";
import type { Handler } from "../../../edge/exchange.ts";
import { json } from "../../../edge/json.ts";
import { handInTraffic } from "../../../edge/traffic-ledger.ts";
import type { TenantStats } from "../../../map/stats.ts";

/** listKinds is `GET /kinds`. */
export const listKinds: Handler = async ({ deployment, config }) => {
  const here = deployment.kinds.all.map(([kind, { description, schemas }]) => ({
    kind,
    description,
    engine: "worker",
    inputSchema: schemas.input,
  }));
  const elsewhere = Object.keys(config.externalKinds).map((kind) => ({
    kind,
    description: "Done by workers elsewhere, which claim it.",
    engine: "external",
    inputSchema: {},
  }));
  const kinds = [...here, ...elsewhere].sort((a, b) => (a.kind < b.kind ? -1 : 1));
  return json(JSON.stringify({ kinds }));
};

/** getStats is `GET /stats`: what the tenant's map holds, and what its requests took. */
export const getStats: Handler = async (exchange) => {
  const { map, caller } = exchange;
  await handInTraffic(exchange, caller.tenant);
  const { operations, attempts, waiters, traffic } = await map.stats();
  const told = {
    operations: operationCounts(operations),
    attempts,
    waiters,
    requests: requestStats(traffic),
  };
  return json(JSON.stringify(told));
};

function operationCounts(operations: TenantStats["operations"]) {
  const byStatus: Record<string, number> = {};
  const byKind: Record<string, Record<string, number>> = {};
  let total = 0;
  for (const { kind, status, count } of operations) {
    total += count;
    byStatus[status] = (byStatus[status] ?? 0) + count;
    byKind[kind] ??= {};
    byKind[kind][status] = (byKind[kind][status] ?? 0) + count;
  }
  return { total, byStatus, byKind };
}

function requestStats(traffic: Traffic) {
  return Object.fromEntries(
    Object.entries(traffic).map(([route, of]) => [
      route,
      { ...countsOf(of), latency: latencyOf(of) },
    ]),
  );
}

function countsOf({ count, statuses }: RouteTraffic) {
  return { count, statuses };
}

/** In milliseconds; the quantiles are upper bounds, a factor of two apart. */
function latencyOf(traffic: RouteTraffic) {
  return {
    mean: Math.round((100 * traffic.total) / traffic.count) / 100,
    p50: quantile(traffic, 0.5),
    p95: quantile(traffic, 0.95),
    p99: quantile(traffic, 0.99),
  };
}
