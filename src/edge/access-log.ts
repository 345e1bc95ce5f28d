import { stackOf } from "../base/log.ts";
import { traceIdOf } from "../core/trace.ts";
import type { Exchange } from "./exchange.ts";
import { countRequest } from "./traffic-ledger.ts";

/** upstreamStatus is the header that marks the replayed response of an upstream, and only that. */
export const upstreamStatus = "upstream-status";

/**
 * accessLog writes the one line of a request, and counts it. It has the route's pattern and not the path, whose query
 * could contain a secret and whose text is the client's. Responses from 500 up are errors, with the stack if something
 * was thrown; a replayed response of an upstream is not an error of this service, and its line says whose it is. The
 * time for which the client asked to wait is not counted as latency.
 */
export function accessLog(exchange: Exchange, { status, headers }: Response): void {
  const { request, route, caller, started, log } = exchange;
  const latency = Date.now() - started;
  const { waited, trace, made } = exchange;
  const isPlayedBack = headers.has(upstreamStatus);
  const fields = {
    method: methodOf(request),
    route,
    status,
    ...(isPlayedBack && { of: "upstream" }),
    latency,
    ...(waited > 0 && { waited }),
    tenant: caller?.tenant,
    // A trace that came with the request is in the context of the log.
    ...(!trace && made && { trace: traceIdOf(made) }),
  };
  const stack = exchange.panic === undefined ? undefined : stackOf(exchange.panic);
  if (status >= 500 && !isPlayedBack) log.error("request", { ...fields, stack });
  else log.info("request", fields);
  countRequest(exchange, status, Math.max(0, latency - waited));
}

/** A method is the client's text too; unknown ones share one word. */
function methodOf({ method }: Request): string {
  return /^(GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS)$/.test(method) ? method : "OTHER";
}
