import { failure } from "../core/errors.ts";
import { allows, authenticate } from "./access/authenticate.ts";
import { refuseForeignPage } from "./access/foreign-page.ts";
import { limitCaller, limitRefused } from "./access/rate-limit.ts";
import { outOfBounds, withSubprotocol } from "./access/ticket-bounds.ts";
import { type Dialect, dialectAt } from "./dialect.ts";
import { asked, type Exchange } from "./exchange.ts";
import { problem } from "./problem.ts";
import { effective, notAllowed, open, withoutBody } from "./reading/methods.ts";
import { refuseQuery } from "./reading/query.ts";
import { refuseFor, unwantedBody } from "./reading/refuse-body.ts";
import { matchRoute } from "./routes.ts";

/** dispatch responds to a request that needs a token: with the action of its route, in its dialect. */
export async function dispatch(
  exchange: Exchange,
  dialects: readonly Dialect[],
): Promise<Response> {
  const { request, url, path, config } = exchange;
  const dialect = dialectAt(dialects, path);
  const page = dialect && config.atRoot.includes(dialect.name) && dialect.open?.[path];
  if (page) return open(path, page)(exchange);
  const routed = dialect?.routed?.(path, request) ?? path;
  const match = dialect && matchRoute(dialect.routes, routed);
  const action = match?.route.methods.ANY ?? match?.route.methods[effective(request)];
  if (match) exchange.route = match.route.pattern;
  exchange.takesTicket = action?.ticket === "query";
  const asking = authenticate(exchange);
  const authenticated = asking instanceof Promise ? await asking : asking;
  if (!authenticated.ok) {
    const { failure: why } = authenticated;
    if (why instanceof Response) return why;
    const isRefused = why.code === "unauthenticated";
    return problem(exchange, (isRefused && (await limitRefused(exchange))) || why);
  }
  const caller = authenticated.value;
  exchange.caller = caller;
  const limiting = limitCaller(exchange, caller);
  const limited = limiting && (await limiting);
  if (limited) {
    exchange.isLimited = true;
    return problem(exchange, limited);
  }
  if (!match) return problem(exchange, failure("not-found", "Cannot find that path"));

  const { route, params } = match;
  const bounds = outOfBounds(caller, action?.ticket, params);
  if (bounds) return problem(exchange, bounds);
  if (!action) return notAllowed(exchange, Object.keys(route.methods));
  if (!allows(caller, action.scope)) {
    const message = `The token lacks the scope ${action.scope}`;
    return problem(exchange, failure("forbidden", message));
  }
  // The proxy's GET and HEAD create work too.
  const foreign = action.scope === "read" ? undefined : refuseForeignPage(exchange);
  if (foreign) return problem(exchange, foreign);
  const isAnyQuery = dialect?.takesAnyQuery || url.search === "";
  const refused = isAnyQuery ? undefined : refuseQuery(url.searchParams, action.query);
  if (refused) return problem(exchange, refused);
  const known = asked(exchange, caller);
  const isBodiless = request.method === "POST" && action.request === undefined;
  const unwanted = isBodiless ? await unwantedBody(request) : undefined;
  if (unwanted) return refuseFor(known, params.id ?? "", unwanted);
  const response = await action.handler(known, params);
  return withSubprotocol(request, withoutBody(request, response));
}
