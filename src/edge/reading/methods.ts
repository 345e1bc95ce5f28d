import { failure } from "../../core/errors.ts";
import type { Exchange } from "../exchange.ts";
import { problem } from "../problem.ts";

/** effective returns the method that a route is looked up by: HEAD works wherever GET does. */
export function effective({ method }: Request): string {
  return method === "HEAD" ? "GET" : method;
}

/**
 * withoutBody responds to HEAD with the headers that GET would have; for other methods it returns the response
 * unchanged.
 */
export function withoutBody({ method }: Request, response: Response): Response {
  return method === "HEAD" ? new Response(null, response) : response;
}

/** notAllowed responds with 405 and the allowed methods. */
export function notAllowed(exchange: Exchange, methods: readonly string[]): Response {
  const allow = [...methods, ...(methods.includes("GET") ? ["HEAD"] : [])].sort().join(", ");
  const message = `Method not allowed; allowed: ${allow}`;
  return problem(exchange, failure("method-not-allowed", message), { headers: { allow } });
}

/**
 * open makes the handler of a page that everybody may read and nobody can change.
 *
 * @param pattern its name in the log and the counters
 */
export function open(
  pattern: string,
  handler: (exchange: Exchange) => Response | Promise<Response>,
) {
  return async (exchange: Exchange): Promise<Response> => {
    const { request } = exchange;
    exchange.route = pattern;
    if (effective(request) !== "GET") return notAllowed(exchange, ["GET"]);
    return withoutBody(request, await handler(exchange));
  };
}
