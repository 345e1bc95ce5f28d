import { emptyRecord } from "../../../base/record.ts";
import { failure, invalid } from "../../../core/errors.ts";
import { parse } from "../../../core/shape/parse.ts";
import { at } from "../../../core/statistics/by-name.ts";
import { levelOf } from "../../../core/statistics/kind-levels.ts";
import { spreadOf } from "../../../core/statistics/timing.ts";
import { latencyOf, type Traffic } from "../../../core/statistics/traffic.ts";
import { trendsOf } from "../../../core/statistics/trends.ts";
import type { Asked, Handler } from "../../../edge/exchange.ts";
import { json } from "../../../edge/json.ts";
import { problem } from "../../../edge/problem.ts";
import { readJson } from "../../../edge/reading/body.ts";
import { handInTraffic } from "../../../edge/traffic-ledger.ts";
import { fieldErrors } from "../../../kinds/field-errors.ts";
import { kindNotFound } from "../../../map/creating/check.ts";
import type { TenantStats } from "../../../map/stats.ts";
import { kindRequest } from "../kind-request.ts";
import { decodeTrends } from "../trends-request.ts";

/** listKinds is `GET /kinds`. */
const listKinds: Handler = async ({ deployment, config, map }) => {
  const levels = await map.kindLevels();
  const kinds = kindsOf({ deployment, config }).map((kind) => ({
    ...kind,
    ...(levels && levelOf(kind.kind, levels)),
  }));
  return json(JSON.stringify({ kinds }));
};

/** changeKind is `PATCH /kinds/{kind}`: it pauses or resumes a kind. */
const changeKind: Handler = async (exchange, { kind: name = "" }) => {
  const { request, config, map } = exchange;
  const kind = kindsOf(exchange).find((one) => one.kind === name);
  if (!kind) return problem(exchange, kindNotFound(exchange, name));
  const body = await readJson(request, config.maxBody);
  if (!body.ok) return problem(exchange, body.failure);
  const parsed = parse(kindRequest, body.value.value);
  if (!parsed.ok) return problem(exchange, invalid(fieldErrors(parsed.failure)));
  const reply = await map.setPaused(name, parsed.value.paused);
  if (reply.error) return problem(exchange, reply.error);
  return json(JSON.stringify({ ...kind, ...reply.level }));
};

/** kindsOf returns all kinds of the deployment, by name. */
export function kindsOf({ deployment, config }: Pick<Asked, "deployment" | "config">) {
  const here = deployment.kinds.all.map(([kind, { description, schemas }]) => ({
    kind,
    description,
    engine: "worker",
    inputSchema: schemas.input,
  }));
  const elsewhere = Object.keys(config.externalKinds).map((kind) => ({
    kind,
    description: "Done by outside workers, which claim it.",
    engine: "external",
    inputSchema: {},
  }));
  return [...here, ...elsewhere].sort((a, b) => (a.kind < b.kind ? -1 : 1));
}

/** getStats is `GET /stats`: the tenant's operations, and the durations of its requests. */
const getStats: Handler = async (exchange) => {
  const { map, caller } = exchange;
  await handInTraffic(exchange, caller.tenant);
  const { operations, attempts, waiters, traffic, ...counted } = await map.stats();
  const stats = {
    operations: operationCounts(operations),
    attempts,
    waiters,
    kinds: kindStats(counted),
    spans: spanStats(counted),
    requests: requestStats(traffic),
  };
  return json(JSON.stringify(stats));
};

/** getMetrics is `GET /metrics`, as the Worker's `metrics` writes it. */
const getMetrics: Handler = async (exchange) => {
  const { deployment, map, caller } = exchange;
  const { metrics } = deployment;
  if (!metrics) {
    return problem(
      exchange,
      failure("not-found", "This Worker has no metrics: createOperations was not given `metrics`"),
    );
  }
  await handInTraffic(exchange, caller.tenant);
  const text = metrics.write(await map.measures());
  return json(text, 200, { "content-type": metrics.mediaType });
};

/**
 * getTrends is `GET /trends`: the tenant's counters over time, of all shards together. What other Workers have counted
 * of its requests arrives up to 20 s later.
 */
const getTrends: Handler = async (exchange) => {
  const { map, caller, url } = exchange;
  const decoded = decodeTrends(url.searchParams);
  if (!decoded.ok) return problem(exchange, decoded.failure);
  const range = decoded.value;
  await handInTraffic(exchange, caller.tenant);
  const trends = await map.trends(range);
  return json(JSON.stringify(trendsOf(range, trends.at, trends.steps)));
};

function operationCounts(operations: TenantStats["operations"]) {
  const byStatus = emptyRecord<number>();
  // A kind may be called `constructor`.
  const byKind = emptyRecord<Record<string, number>>();
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
      { count: of.count, statuses: of.statuses, latency: spreadOf(latencyOf(of)) },
    ]),
  );
}

function spanStats({ totals: { counts } }: Pick<TenantStats, "totals">) {
  return { exported: counts["span.exported"] ?? 0, dropped: counts["span.dropped"] ?? 0 };
}

function kindStats({ levels, totals }: Pick<TenantStats, "levels" | "totals">) {
  const kinds = [...new Set([...Object.keys(levels), ...Object.keys(totals.kinds)])].sort();
  return Object.fromEntries(
    kinds.map((kind) => {
      const counted = at(totals.kinds, kind);
      const level = at(levels, kind) ?? levelOf(kind, []);
      const times = counted && {
        toStart: spreadOf(counted.start),
        toFinish: spreadOf(counted.finish),
      };
      return [kind, { ...level, ...times }];
    }),
  );
}

/** discoveryHandlers describe the service and its state. */
export const discoveryHandlers = { listKinds, changeKind, getStats, getMetrics, getTrends };
