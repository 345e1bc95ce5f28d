import { failure, quote } from "../../../core/errors.ts";
import type { Handler } from "../../../edge/exchange.ts";
import { json } from "../../../edge/json.ts";
import { problem } from "../../../edge/problem.ts";
import { forgetTraffic } from "../../../edge/traffic-ledger.ts";

/** deleteTenant is `DELETE /tenants/{tenant}`: all that there is of the caller's, whose name says that it is meant. */
const deleteTenant: Handler = async (exchange, { tenant = "" }) => {
  const { caller, map, log } = exchange;
  if (tenant !== caller.tenant) {
    const message = `Cannot delete ${quote(tenant)}: the token is not of that tenant`;
    return problem(exchange, failure("not-found", message));
  }
  const by = caller.digest?.slice(0, 12) ?? "authenticate";
  log.warning("a tenant is being deleted", { tenant, by });
  const reply = await map.erase();
  if (reply.error) return problem(exchange, reply.error);
  forgetTraffic(exchange, tenant);
  log.warning("a tenant was deleted", { tenant, by, objects: reply.objects });
  return json(JSON.stringify({ tenant, objects: reply.objects }));
};

/** tenantHandlers are about a tenant as a whole. */
export const tenantHandlers = { deleteTenant };
