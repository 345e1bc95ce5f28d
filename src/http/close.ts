import { accessLog } from "./access-log.ts";
import { crossOrigin } from "./cross-origin.ts";
import type { Exchange } from "./exchange.ts";

/** close ends an exchange: the headers that every answer carries, and the one line of the log. */
export function close(response: Response, exchange: Exchange): Response {
  const closed = writable(crossOrigin(exchange)?.corsify(response) ?? response);
  closed.headers.set("x-request-id", exchange.requestId);
  if (!closed.headers.has("x-content-type-options")) {
    closed.headers.set("x-content-type-options", "nosniff");
  }
  accessLog(exchange, closed);
  return closed;
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
