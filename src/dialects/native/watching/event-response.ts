import { stackOf } from "../../../base/log.ts";
import type { Asked } from "../../../edge/exchange.ts";
import type { HeaderFields } from "../../../edge/json.ts";

/**
 * eventResponse answers with server-sent events, which are made as they are read. What is thrown on the
 * way ends the stream, and is logged.
 */
export function eventResponse(
  { log }: Pick<Asked, "log">,
  events: AsyncGenerator<string, void>,
  more: HeaderFields = {},
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
          log.error("a stream of events broke", { stack: stackOf(thrown) });
          controller.error(thrown);
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
    ...more,
  };
  return new Response(body, { headers });
}
