import { stackOf } from "../base/log.ts";
import { traceIdOf } from "../core/trace.ts";
import type { Exchange } from "./exchange.ts";
import { countRequest } from "./traffic-ledger.ts";

/** upstreamStatus is the header of an upstream's answer that is played back, and of no other. */
export const upstreamStatus = "upstream-status";

/**
 * accessLog writes the one line of a request, and counts it. It names the route's pattern and not
 * the path, whose query could hold a secret and whose text is the client's. Answers from 500 up are
 * errors, with the stack of what was thrown if something was; those of an upstream, played back,
 * are no errors of this service, and its line says whose they are. What is counted of its latency is
 * without the time for which the client asked to wait.
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
    // One that came with the request is in the context of the log.
    ...(!trace && made && { trace: traceIdOf(made) }),
  };
  const stack = exchange.panic === undefined ? undefined : stackOf(exchange.panic);
  if (status >= 500 && !isPlayedBack) log.error("request", { ...fields, stack });
  else log.info("request", fields);
  countRequest(exchange, status, Math.max(0, latency - waited));
}

/** A method is the client's text too; those that are not well known are one word. */
function methodOf({ method }: Request): string {
  return /^(GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS)$/.test(method) ? method : "OTHER";
}
