import { merged, type Step, trendsOf } from "../../../core/statistics/trends.ts";
import type { Handler } from "../../../edge/exchange.ts";
import { json } from "../../../edge/json.ts";
import { problem } from "../../../edge/problem.ts";
import { handInTraffic } from "../../../edge/traffic-ledger.ts";
import { objectOf } from "../../../object/address.ts";
import { decodeTrends } from "../trends-request.ts";

/** atOnce is of how many objects the steps are in this Worker's memory at once. */
const atOnce = 32;

/**
 * getTrends is `GET /trends`: what the tenant's counters were over time, all shards together. What
 * other Workers than this have counted of its requests is there up to 20 s later.
 */
export const getTrends: Handler = async (exchange) => {
  const { deployment, env, config, caller, url } = exchange;
  const asked = decodeTrends(url.searchParams);
  if (asked.error) return problem(exchange, asked.error);
  const { range } = asked;
  await handInTraffic(exchange, caller.tenant);
  const now = Date.now();
  let sums: readonly Step[] | undefined;
  for (let first = 0; first < config.shards; first += atOnce) {
    const steps = await Promise.all(
      Array.from({ length: Math.min(atOnce, config.shards - first) }, (_, index) =>
        objectOf({ deployment, env, config }, caller.tenant, first + index).trends(range, now),
      ),
    );
    sums = merged(sums ? [sums, ...steps] : steps);
  }
  return json(JSON.stringify(trendsOf(range, now, sums ?? [])));
};
