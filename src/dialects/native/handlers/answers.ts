import { statusOrResult } from "../../../core/operation/operation.ts";
import type { Snapshot } from "../../../core/reply.ts";
import { allows } from "../../../edge/access/authenticate.ts";
import type { Asked, Exchange } from "../../../edge/exchange.ts";
import { type HeaderFields, json } from "../../../edge/json.ts";
import { problem } from "../../../edge/problem.ts";
import { encodeMonitor, etagOf, linksOf, retryAfter } from "../monitor.ts";

/**
 * seen returns what a caller may see of an operation that somebody else may have created: without the scope to read,
 * not its result.
 */
export function seen<T extends Snapshot>({ caller }: Asked, snapshot: T): T {
  return allows(caller, "read") ? snapshot : { ...snapshot, result: undefined };
}

/** monitor responds with the current operation, whatever its status. */
export function monitor(
  { base }: Exchange,
  snapshot: Snapshot,
  status = 200,
  headers: HeaderFields = {},
): Response {
  const retry = retryAfter(snapshot.op, Date.now());
  return json(encodeMonitor(snapshot, base), status, {
    etag: etagOf(snapshot.op),
    ...(retry !== undefined && { "retry-after": String(retry) }),
    ...headers,
  });
}

/**
 * accepted returns a 202 with the monitor, and the headers that every poller needs: Operation-Location and
 * Content-Location with the URL of the monitor, Location with that of the result.
 */
export function accepted(
  exchange: Exchange,
  snapshot: Snapshot,
  headers: HeaderFields = {},
): Response {
  return monitor(exchange, snapshot, 202, { ...locations(exchange, snapshot), ...headers });
}

/** finished responds to a wait that was long enough: a 200 with the monitor, or why there is no result. */
export function finished(
  exchange: Exchange,
  snapshot: Snapshot,
  headers: HeaderFields = {},
): Response {
  const all = { ...locations(exchange, snapshot), ...headers };
  return failed(exchange, snapshot, all) ?? monitor(exchange, snapshot, 200, all);
}

/** failed returns a 424 for an operation that failed or was canceled, and undefined for any other. */
export function failed(
  exchange: Exchange,
  snapshot: Snapshot,
  headers: HeaderFields = {},
): Response | undefined {
  const outcome = statusOrResult(snapshot.op);
  if (outcome.type !== "failure") return undefined;
  const code = outcome.status === "canceled" ? "operation-canceled" : "operation-failed";
  const operation = encodeMonitor(snapshot, exchange.base);
  return problem(exchange, { code, message: outcome.error.message }, { headers, operation });
}

/** locations returns the headers with the URLs of an operation and its result. */
export function locations({ base }: Exchange, { op }: Snapshot): HeaderFields {
  const { self, result } = linksOf(op.id, base);
  return { "operation-location": self, location: result, "content-location": self };
}
