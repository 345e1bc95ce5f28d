import { failure } from "../core/errors.ts";
import { allows, authenticate } from "./authenticate.ts";
import { batchCreateOperations } from "./batch-create.ts";
import { getDeliveries, redeliver } from "./deliveries.ts";
import { getStats, listKinds } from "./discovery.ts";
import { operationEvents, tenantEvents } from "./events.ts";
import type { Exchange } from "./exchange.ts";
import { answerInput, getInput } from "./input.ts";
import { kubernetesRoutes } from "./kubernetes.ts";
import { effective, notAllowed, withoutBody } from "./methods.ts";
import { getOpenApi } from "./openapi.ts";
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
import { outOfBounds, withSubprotocol } from "./ticket-bounds.ts";
import { createTicket } from "./tickets.ts";
import { getTrends } from "./trends.ts";
import { watchOperation, watchTenant } from "./watch.ts";
import { claimOperations, completeOperation, failOperation, reportOperation } from "./work.ts";

/** routes is every path of the native API, with what each method needs and does. */
export const routes: readonly Route[] = [
  route("/api/v1/operations", {
    GET: { scope: "read", handler: listOperations },
    POST: { scope: "write", handler: postOperation },
  }),
  route("/api/v1/operations:batchGet", { POST: { scope: "read", handler: batchGetOperations } }),
  route("/api/v1/operations:batchCreate", {
    POST: { scope: "write", handler: batchCreateOperations },
  }),
  route("/api/v1/operations:claim", { POST: { scope: "work", handler: claimOperations } }),
  route("/api/v1/operations/{id}:complete", {
    POST: { scope: "work", handler: completeOperation },
  }),
  route("/api/v1/operations/{id}:fail", { POST: { scope: "work", handler: failOperation } }),
  route("/api/v1/operations/{id}:input", { POST: { scope: "write", handler: answerInput } }),
  route("/api/v1/operations/{id}:cancel", { POST: { scope: "write", handler: cancelOperation } }),
  route("/api/v1/operations/{id}:tickets", { POST: { scope: "read", handler: createTicket } }),
  route("/api/v1/operations/{id}:redeliver", { POST: { scope: "write", handler: redeliver } }),
  route("/api/v1/operations/{id}/deliveries", { GET: { scope: "read", handler: getDeliveries } }),
  route("/api/v1/operations/{id}/input", { GET: { scope: "read", handler: getInput } }),
  route("/api/v1/operations/{id}/result", { GET: { scope: "read", handler: getResult } }),
  route("/api/v1/operations/{id}/events", { GET: { scope: "read", handler: operationEvents } }),
  route("/api/v1/operations/{id}/watch", { GET: { scope: "read", handler: watchOperation } }),
  route("/api/v1/events", { GET: { scope: "read", handler: tenantEvents } }),
  route("/api/v1/watch", { GET: { scope: "read", handler: watchTenant } }),
  route("/api/v1/operations/{id}", {
    GET: { scope: "read", handler: getOperation },
    PATCH: { scope: "work", handler: reportOperation },
    DELETE: { scope: "write", handler: deleteOperation },
  }),
  route("/api/v1/kinds", { GET: { scope: "read", handler: listKinds } }),
  route("/api/v1/stats", { GET: { scope: "read", handler: getStats } }),
  route("/api/v1/openapi.json", { GET: { scope: "read", handler: getOpenApi } }),
  route("/api/v1/trends", { GET: { scope: "read", handler: getTrends } }),
  route("/api/proxy/{upstream}/*", { ANY: { scope: "write", handler: forward } }),
  route("/api/proxy/{upstream}", { ANY: { scope: "write", handler: forward } }),
];

/** known is every route that needs a token, of every wire. */
const known: readonly Route[] = [...routes, ...kubernetesRoutes];

/** serveNative answers every request under `/api/` that needs a token. */
export async function serveNative(exchange: Exchange): Promise<Response> {
  const { request, url } = exchange;
  const match = matchRoute(known, url.pathname);
  if (match) exchange.route = match.route.pattern;
  const caller = await authenticate(exchange);
  if ("code" in caller) return problem(exchange, caller);
  exchange.caller = caller;
  if (!match) return problem(exchange, failure("not-found", "Cannot find that path"));

  const { methods } = match.route;
  const bounds = outOfBounds(caller, match.route.pattern, effective(request), match.params);
  if (bounds) return problem(exchange, bounds);
  const action = methods.ANY ?? methods[effective(request)];
  if (!action) return notAllowed(exchange, Object.keys(methods));
  if (!allows(caller, action.scope)) {
    const message = `The token lacks the scope ${action.scope}`;
    return problem(exchange, failure("forbidden", message));
  }
  const allowed = Object.assign(exchange, { caller });
  const response = await action.handler(allowed, match.params);
  return withSubprotocol(request, withoutBody(request, response));
}
