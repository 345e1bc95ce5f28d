import { failure } from "../core/errors.ts";
import { allows, authenticate } from "./authenticate.ts";
import { type Dialect, dialectAt } from "./dialect.ts";
import { asked, type Exchange } from "./exchange.ts";
import { refuseForeignPage } from "./foreign-page.ts";
import { effective, notAllowed, withoutBody } from "./methods.ts";
import { problem } from "./problem.ts";
import { refuseQuery } from "./query.ts";
import { limitCaller, limitRefused } from "./rate-limit.ts";
import { matchRoute } from "./routes.ts";
import { outOfBounds, withSubprotocol } from "./ticket-bounds.ts";

/** dispatch answers a request that needs a token: by the action of its route, in its dialect. */
export async function dispatch(
  exchange: Exchange,
  dialects: readonly Dialect[],
): Promise<Response> {
  const { request, url, path } = exchange;
  const dialect = dialectAt(dialects, path);
  const match = dialect && matchRoute(dialect.routes, path);
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
  const response = await action.handler(asked(exchange, caller), match.params);
  return withSubprotocol(request, withoutBody(request, response));
}
