import { accessLog } from "./access-log.ts";
import { crossOrigin } from "./cross-origin.ts";
import type { Exchange } from "./exchange.ts";

/** end finishes an exchange: the headers that every answer carries, and the one line of the log. */
export function end(response: Response, exchange: Exchange): Response {
  const ended = writable(crossOrigin(exchange)?.expose(response) ?? response);
  ended.headers.set("x-request-id", exchange.requestId);
  if (!ended.headers.has("x-content-type-options")) {
    ended.headers.set("x-content-type-options", "nosniff");
  }
  accessLog(exchange, ended);
  return ended;
}

/** The headers of an answer that came from elsewhere cannot be changed; those of a copy can. */
function writable(response: Response): Response {
  try {
    response.headers.delete("x-request-id");
    return response;
  } catch {
    return new Response(response.body, response);
  }
}
