import { failure } from "../core/errors.ts";
import { allows, authenticate } from "./authenticate.ts";
import { getStats, listKinds } from "./discovery.ts";
import type { Caller, Exchange, Handler } from "./exchange.ts";
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

/** routes is every path of the native API, with what each method needs and does. */
const routes: readonly Route[] = [
  route("/api/v1/operations", {
    GET: { scope: "read", handler: listOperations },
    POST: { scope: "write", handler: postOperation },
  }),
  route("/api/v1/operations:batchGet", { POST: { scope: "read", handler: batchGetOperations } }),
  route("/api/v1/operations/{id}:cancel", { POST: { scope: "write", handler: cancelOperation } }),
  route("/api/v1/operations/{id}/result", { GET: { scope: "read", handler: getResult } }),
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
  const asked = request.method === "HEAD" ? "GET" : request.method;
  const action = methods.ANY ?? methods[asked];
  if (!action) {
    const allow = [...Object.keys(methods), ...(methods.GET ? ["HEAD"] : [])].sort().join(", ");
    const message = `Cannot ${asked} here; allowed: ${allow}`;
    return problem(exchange, failure("method-not-allowed", message), { headers: { allow } });
  }
  if (!allows(caller, action.scope)) {
    const message = `The token lacks the scope ${action.scope}`;
    return problem(exchange, failure("forbidden", message));
  }
  const response = await call(action.handler, exchange, caller, match.params);
  return request.method === "HEAD" ? new Response(null, response) : response;
}

function call(
  handler: Handler,
  exchange: Exchange,
  caller: Caller,
  params: Readonly<Record<string, string>>,
): Promise<Response> {
  return handler(Object.assign(exchange, { caller }), params);
}
