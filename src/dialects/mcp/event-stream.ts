import { stackOf } from "../../base/log.ts";
import type { Asked } from "../../edge/exchange.ts";
import { eventResponse } from "../native/watching/event-response.ts";
import { encodeResponse, RpcCode, type RpcId, refused } from "../rpc/json-rpc.ts";

/** comment keeps a stream open. */
export const comment = ": working\n\n";

/** event writes a JSON-RPC message as a server-sent event; JSON has no line breaks of its own. */
export function event(message: string): string {
  const lines = message.split(/\r\n|\r|\n/).map((line) => `data: ${line}\n`);
  return `event: message\n${lines.join("")}\n`;
}

/** takesEvents returns whether a client accepts server-sent events. */
export function takesEvents({ headers }: Request): boolean {
  return /\btext\/event-stream\b/i.test(headers.get("accept") ?? "");
}

/**
 * answerInEvents responds to a request with a stream of events, made as they are read. If making them throws, that is
 * logged, and becomes an error of the protocol.
 */
export function answerInEvents(
  exchange: Pick<Asked, "log" | "ctx" | "isInside">,
  id: RpcId,
  events: AsyncGenerator<string, void>,
): Response {
  return eventResponse(exchange, untilBroken(exchange, id, events));
}

async function* untilBroken(
  { log }: Pick<Asked, "log">,
  id: RpcId,
  events: AsyncGenerator<string, void>,
): AsyncGenerator<string, void> {
  try {
    yield* events;
  } catch (thrown) {
    log.error("MCP stream failed", { stack: stackOf(thrown) });
    const broken = refused(RpcCode.internal, "Internal error");
    yield event(encodeResponse(id, broken));
  }
}
