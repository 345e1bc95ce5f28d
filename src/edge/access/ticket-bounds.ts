import { headerList } from "../../base/headers/header-list.ts";
import { type Failure, failure, notFound } from "../../core/errors.ts";
import { subprotocol } from "../../core/watching/frames.ts";
import type { ActionSpec } from "../action-spec.ts";
import type { Caller, Exchange, Params } from "../exchange.ts";

/**
 * outOfBounds returns why the bearer of a ticket may not continue: a ticket reads its own operation and nothing else,
 * and any other operation is treated as if it did not exist.
 *
 * @param ticket whether the requested action takes tickets
 */
export function outOfBounds(
  { operation }: Caller,
  ticket: ActionSpec["ticket"],
  { id = "" }: Params,
): Failure | undefined {
  if (operation === undefined) return undefined;
  if (ticket === undefined) return failure("forbidden", "A ticket can only read its own operation");
  return id === operation ? undefined : notFound(id);
}

/**
 * ticketBeside returns the ticket of a client that cannot set an Authorization header: a browser's WebSocket sends it
 * as the subprotocol `bearer.{ticket}`, and its EventSource as `?ticket=`, which is read only by the actions that such
 * a client watches with. Tokens are not accepted there.
 */
export function ticketBeside({
  request: { headers },
  takesTicket,
  url,
}: Pick<Exchange, "request" | "takesTicket" | "url">): string | undefined {
  if (headers.get("upgrade")?.toLowerCase() === "websocket") {
    const offer = offered(headers).find((protocol) => protocol.startsWith("bearer."));
    if (offer !== undefined) return offer.slice("bearer.".length);
  }
  if (!takesTicket) return undefined;
  return url.searchParams.get("ticket") ?? undefined;
}

/**
 * withSubprotocol makes the response to an upgrade name the chosen subprotocol: ours, if it was offered, and never the
 * ticket offered beside it. Other responses stay as they are.
 */
export function withSubprotocol({ headers }: Request, response: Response): Response {
  const { status, webSocket } = response;
  if (status !== 101) return response;
  const answer = new Headers(response.headers);
  answer.delete("sec-websocket-protocol");
  if (offered(headers).includes(subprotocol)) answer.set("sec-websocket-protocol", subprotocol);
  return new Response(null, { status, webSocket, headers: answer });
}

/** The subprotocols that a client offers (RFC 6455, 11.3.4). */
function offered(headers: Headers): string[] {
  return headerList(headers.get("sec-websocket-protocol"));
}
