import { crossOrigin } from "./access/cross-origin.ts";
import { accessLog } from "./access-log.ts";
import type { Exchange } from "./exchange.ts";
import { readOn } from "./reading/unread-body.ts";

/** end finishes an exchange: it adds the headers that every response has, and writes the one line of the log. */
export function end(response: Response, exchange: Exchange): Response | Promise<Response> {
  const answer = marked(response, exchange.requestId);
  const ended = crossOrigin(exchange)?.expose(answer) ?? answer;
  // A client that is refused before its whole body was read must be able to read why.
  if (ended.status >= 400) return readOn(exchange.request).then(() => logged(ended, exchange));
  return logged(ended, exchange);
}

function logged(response: Response, exchange: Exchange): Response {
  accessLog(exchange, response);
  return response;
}

function marked(response: Response, requestId: string): Response {
  try {
    response.headers.set("x-request-id", requestId);
    response.headers.set("x-content-type-options", "nosniff");
    return response;
  } catch {
    // The headers of a response that came from elsewhere cannot be changed; those of a copy can.
    return marked(new Response(response.body, response), requestId);
  }
}
