import { failure, invalid, quote } from "../../../core/errors.ts";
import type { Handler } from "../../../edge/exchange.ts";
import { json } from "../../../edge/json.ts";
import { problem } from "../../../edge/problem.ts";
import { forgetTraffic } from "../../../edge/traffic-ledger.ts";

/**
 * deleteTenant is `DELETE /tenants/{tenant}`: everything of the caller's tenant, whose name confirms that it is meant.
 */
const deleteTenant: Handler = async (exchange, { tenant = "" }) => {
  const { caller, config, map, log, url } = exchange;
  if (tenant !== caller.tenant) {
    const message = `Cannot delete ${quote(tenant)}: the token belongs to another tenant`;
    return problem(exchange, failure("not-found", message));
  }
  const said = url.searchParams.get("from") ?? "0";
  // Past the last shard there is nothing to delete, and nothing would be reported as deleted.
  if (!/^\d{1,4}$/.test(said) || Number(said) >= config.shards) {
    const message = `must be the number of an object, at most ${config.shards - 1}`;
    return problem(exchange, invalid([{ path: "from", message }]));
  }
  const from = Number(said);
  const by = caller.digest?.slice(0, 12) ?? "authenticate";
  log.warning("a tenant is being deleted", { tenant, by, ...(from > 0 && { from }) });
  const reply = await map.erase(from);
  if (reply.error) return problem(exchange, reply.error);
  const { objects, next } = reply;
  if (next !== undefined) return json(JSON.stringify({ tenant, objects, next }), 202);
  forgetTraffic(exchange, tenant);
  log.warning("a tenant was deleted", { tenant, by, objects });
  return json(JSON.stringify({ tenant, objects }));
};

/** tenantHandlers are about a tenant as a whole. */
export const tenantHandlers = { deleteTenant };
