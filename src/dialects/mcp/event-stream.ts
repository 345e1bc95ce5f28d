import { stackOf } from "../../base/log.ts";
import type { Asked } from "../../edge/exchange.ts";
import { encodeResponse, RpcCode, type RpcId, refused } from "./json-rpc.ts";

/** comment is what a stream says to stay open. */
export const comment = ": working\n\n";

/** event writes a JSON-RPC message as a server-sent event; JSON has no line breaks of its own. */
export function event(message: string): string {
  const lines = message.split(/\r\n|\r|\n/).map((line) => `data: ${line}\n`);
  return `event: message\n${lines.join("")}\n`;
}

/** takesEvents says whether a client reads server-sent events. */
export function takesEvents({ headers }: Request): boolean {
  return /\btext\/event-stream\b/i.test(headers.get("accept") ?? "");
}

/**
 * answerInEvents answers a request with a stream of events, which are made as they are read. What is
 * thrown on the way is logged, and an error of the protocol.
 */
export function answerInEvents(
  { log }: Pick<Asked, "log">,
  id: RpcId,
  events: AsyncGenerator<string, void>,
): Response {
  const encoder = new TextEncoder();
  const body = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const next = await events.next();
          if (next.done) controller.close();
          else controller.enqueue(encoder.encode(next.value));
        } catch (thrown) {
          log.error("a stream of MCP broke", { stack: stackOf(thrown) });
          const broken = refused(RpcCode.internal, "Something broke here");
          controller.enqueue(encoder.encode(event(encodeResponse(id, broken))));
          controller.close();
        }
      },
      async cancel() {
        await events.return();
      },
    },
    { highWaterMark: 0 },
  );
  const headers = {
    "content-type": "text/event-stream",
    // A proxy that compresses or gathers would hold events back.
    "cache-control": "no-store, no-transform",
    "x-accel-buffering": "no",
  };
  return new Response(body, { headers });
}
