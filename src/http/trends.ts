import { merged, trendsOf } from "../core/trends.ts";
import { objectOf } from "../object/address.ts";
import { decodeTrends } from "../protocols/native/trends-request.ts";
import { json } from "./answers.ts";
import type { Handler } from "./exchange.ts";
import { problem } from "./problem.ts";
import { handInTraffic } from "./traffic-ledger.ts";

/**
 * getTrends is `GET /trends`: what the tenant's counters were over time, all shards together. What
 * other Workers than this have counted of its requests is there up to 20 s later.
 */
export const getTrends: Handler = async (exchange) => {
  const { env, config, caller, url } = exchange;
  const asked = decodeTrends(url.searchParams);
  if (asked.error) return problem(exchange, asked.error);
  const { range } = asked;
  await handInTraffic(exchange, caller.tenant);
  const now = Date.now();
  const shards = await Promise.all(
    Array.from({ length: config.shards }, (_, shard) =>
      objectOf(env, config, caller.tenant, shard).trends(range, now),
    ),
  );
  return json(JSON.stringify(trendsOf(range, now, merged(shards))));
};
