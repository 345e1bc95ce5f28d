import { failure } from "../core/errors.ts";
import { refuseQuery } from "../protocols/native/query.ts";
import { allows, authenticate } from "./authenticate.ts";
import { batchCreateOperations } from "./batch-create.ts";
import { getDeliveries, redeliver } from "./deliveries.ts";
import { getStats, listKinds } from "./discovery.ts";
import { operationEvents, tenantEvents } from "./events.ts";
import type { Exchange } from "./exchange.ts";
import { refuseForeignPage } from "./foreign-page.ts";
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
import { limitCaller, limitRefused } from "./rate-limit.ts";
import { getResult } from "./results.ts";
import { matchRoute, type Route, route } from "./routes.ts";
import { outOfBounds, withSubprotocol } from "./ticket-bounds.ts";
import { createTicket } from "./tickets.ts";
import { getTrends } from "./trends.ts";
import { watchOperation, watchTenant } from "./watch.ts";
import { claimOperations, completeOperation, failOperation, reportOperation } from "./work.ts";

/** What a list reads of its query. */
const listing = [
  "status",
  "kind",
  "label",
  "createdAfter",
  "createdBefore",
  "order",
  "limit",
  "pageToken",
];

/** What a tenant-wide watch reads of its query. */
const filtering = ["kind", "label", "after"];

/** routes is every path of the native API, with what each method needs and does. */
export const routes: readonly Route[] = [
  route("/api/v1/operations", {
    GET: { scope: "read", handler: listOperations, query: listing },
    POST: { scope: "write", handler: postOperation, query: ["sync", "timeout"] },
  }),
  route("/api/v1/operations:batchGet", {
    POST: { scope: "read", handler: batchGetOperations, query: [] },
  }),
  route("/api/v1/operations:batchCreate", {
    POST: { scope: "write", handler: batchCreateOperations, query: [] },
  }),
  route("/api/v1/operations:claim", {
    POST: { scope: "work", handler: claimOperations, query: ["wait"] },
  }),
  route("/api/v1/operations/{id}:complete", {
    POST: { scope: "work", handler: completeOperation, query: [] },
  }),
  route("/api/v1/operations/{id}:fail", {
    POST: { scope: "work", handler: failOperation, query: [] },
  }),
  route("/api/v1/operations/{id}:input", {
    POST: { scope: "write", handler: answerInput, query: [] },
  }),
  route("/api/v1/operations/{id}:cancel", {
    POST: { scope: "write", handler: cancelOperation, query: [] },
  }),
  route("/api/v1/operations/{id}:tickets", {
    POST: { scope: "read", handler: createTicket, query: [] },
  }),
  route("/api/v1/operations/{id}:redeliver", {
    POST: { scope: "write", handler: redeliver, query: [] },
  }),
  route("/api/v1/operations/{id}/deliveries", {
    GET: { scope: "read", handler: getDeliveries, query: [] },
  }),
  route("/api/v1/operations/{id}/input", { GET: { scope: "read", handler: getInput, query: [] } }),
  route("/api/v1/operations/{id}/result", {
    GET: { scope: "read", handler: getResult, query: ["wait"] },
  }),
  route("/api/v1/operations/{id}/events", {
    GET: { scope: "read", handler: operationEvents, query: ["after", "ticket"] },
  }),
  route("/api/v1/operations/{id}/watch", {
    GET: { scope: "read", handler: watchOperation, query: ["after", "ticket"] },
  }),
  route("/api/v1/events", { GET: { scope: "read", handler: tenantEvents, query: filtering } }),
  route("/api/v1/watch", { GET: { scope: "read", handler: watchTenant, query: filtering } }),
  route("/api/v1/operations/{id}", {
    GET: { scope: "read", handler: getOperation, query: ["wait"] },
    PATCH: { scope: "work", handler: reportOperation, query: [] },
    DELETE: { scope: "write", handler: deleteOperation, query: [] },
  }),
  route("/api/v1/kinds", { GET: { scope: "read", handler: listKinds, query: [] } }),
  route("/api/v1/stats", { GET: { scope: "read", handler: getStats, query: [] } }),
  route("/api/v1/openapi.json", { GET: { scope: "read", handler: getOpenApi, query: [] } }),
  route("/api/v1/trends", { GET: { scope: "read", handler: getTrends, query: ["range"] } }),
  route("/api/proxy/{upstream}/*", { ANY: { scope: "write", handler: forward } }),
  route("/api/proxy/{upstream}", { ANY: { scope: "write", handler: forward } }),
];

/** known is every route that needs a token, of every wire. */
const known: readonly Route[] = [...routes, ...kubernetesRoutes];

/** serveNative answers every request under `/api/` that needs a token. */
export async function serveNative(exchange: Exchange): Promise<Response> {
  const { request, url, path } = exchange;
  const match = matchRoute(known, path);
  if (match) exchange.route = match.route.pattern;
  const caller = await authenticate(exchange);
  if (caller instanceof Response) return caller;
  if ("code" in caller) {
    const isRefused = caller.code === "unauthenticated";
    return problem(exchange, (isRefused && (await limitRefused(exchange))) || caller);
  }
  exchange.caller = caller;
  const limited = await limitCaller(exchange, caller);
  if (limited) return problem(exchange, limited);
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
  // The proxy's GET and HEAD order work too.
  const foreign = action.scope === "read" ? undefined : refuseForeignPage(exchange);
  if (foreign) return problem(exchange, foreign);
  const refused = action.query && refuseQuery(url.searchParams, action.query);
  if (refused) return problem(exchange, refused);
  const allowed = Object.assign(exchange, { caller });
  const response = await action.handler(allowed, match.params);
  return withSubprotocol(request, withoutBody(request, response));
}
