import { trendsOf } from "../../../core/statistics/trends.ts";
import type { Handler } from "../../../edge/exchange.ts";
import { json } from "../../../edge/json.ts";
import { problem } from "../../../edge/problem.ts";
import { handInTraffic } from "../../../edge/traffic-ledger.ts";
import { decodeTrends } from "../trends-request.ts";

/**
 * getTrends is `GET /trends`: what the tenant's counters were over time, all shards together. What
 * other Workers than this have counted of its requests is there up to 20 s later.
 */
export const getTrends: Handler = async (exchange) => {
  const { map, caller, url } = exchange;
  const asked = decodeTrends(url.searchParams);
  if (asked.error) return problem(exchange, asked.error);
  const { range } = asked;
  await handInTraffic(exchange, caller.tenant);
  const now = Date.now();
  const steps = await map.trends(range, now);
  return json(JSON.stringify(trendsOf(range, now, steps)));
};
