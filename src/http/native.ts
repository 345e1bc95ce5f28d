import { failure } from "../core/errors.ts";
import { allows, authenticate } from "./authenticate.ts";
import { getStats, listKinds } from "./discovery.ts";
import { operationEvents, tenantEvents } from "./events.ts";
import type { Exchange } from "./exchange.ts";
import { effective, notAllowed, withoutBody } from "./methods.ts";
import {
  batchGetOperations,
  cancelOperation,
  deleteOperation,
  getOperation,
  listOperations,
  postOperation,
} from "./operations.ts";
import { problem } from "./problem.ts";
import { forward } from "./proxy.ts";
import { getResult } from "./results.ts";
import { matchRoute, type Route, route } from "./routes.ts";
import { watchOperation, watchTenant } from "./watch.ts";

/** routes is every path of the native API, with what each method needs and does. */
const routes: readonly Route[] = [
  route("/api/v1/operations", {
    GET: { scope: "read", handler: listOperations },
    POST: { scope: "write", handler: postOperation },
  }),
  route("/api/v1/operations:batchGet", { POST: { scope: "read", handler: batchGetOperations } }),
  route("/api/v1/operations/{id}:cancel", { POST: { scope: "write", handler: cancelOperation } }),
  route("/api/v1/operations/{id}/result", { GET: { scope: "read", handler: getResult } }),
  route("/api/v1/operations/{id}/events", { GET: { scope: "read", handler: operationEvents } }),
  route("/api/v1/operations/{id}/watch", { GET: { scope: "read", handler: watchOperation } }),
  route("/api/v1/events", { GET: { scope: "read", handler: tenantEvents } }),
  route("/api/v1/watch", { GET: { scope: "read", handler: watchTenant } }),
  route("/api/v1/operations/{id}", {
    GET: { scope: "read", handler: getOperation },
    DELETE: { scope: "write", handler: deleteOperation },
  }),
  route("/api/v1/kinds", { GET: { scope: "read", handler: listKinds } }),
  route("/api/v1/stats", { GET: { scope: "read", handler: getStats } }),
  route("/api/proxy/{upstream}/*", { ANY: { scope: "write", handler: forward } }),
  route("/api/proxy/{upstream}", { ANY: { scope: "write", handler: forward } }),
];

/** serveNative answers every request under `/api/` that needs a token. */
export async function serveNative(exchange: Exchange): Promise<Response> {
  const { request, url } = exchange;
  const match = matchRoute(routes, url.pathname);
  if (match) exchange.route = match.route.pattern;
  const caller = await authenticate(exchange);
  if ("code" in caller) return problem(exchange, caller);
  exchange.caller = caller;
  if (!match) return problem(exchange, failure("not-found", "Cannot find that path"));

  const { methods } = match.route;
  const action = methods.ANY ?? methods[effective(request)];
  if (!action) return notAllowed(exchange, Object.keys(methods));
  if (!allows(caller, action.scope)) {
    const message = `The token lacks the scope ${action.scope}`;
    return problem(exchange, failure("forbidden", message));
  }
  const allowed = Object.assign(exchange, { caller });
  return withoutBody(request, await action.handler(allowed, match.params));
}
