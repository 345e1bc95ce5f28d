import { stackOf } from "../../../base/log.ts";
import { paced } from "../../../base/streams/paced.ts";
import type { Asked } from "../../../edge/exchange.ts";
import type { HeaderFields } from "../../../edge/json.ts";
import { pacingOf } from "../../../edge/pacing.ts";

/** eventHeaders are the headers of server-sent events. */
export const eventHeaders = {
  "content-type": "text/event-stream",
  // A proxy that compresses or buffers would hold events back.
  "cache-control": "no-store, no-transform",
  "x-accel-buffering": "no",
} as const;

/**
 * eventResponse responds with server-sent events, made as they are read. If making them throws, the stream ends, and
 * that is logged.
 */
export function eventResponse(
  exchange: Pick<Asked, "log" | "ctx" | "isInside">,
  events: AsyncGenerator<string, void>,
  more: HeaderFields = {},
): Response {
  const body = paced(logged(exchange.log, events), pacingOf(exchange));
  return new Response(body, { headers: { ...eventHeaders, ...more } });
}

async function* logged(
  log: Asked["log"],
  events: AsyncGenerator<string, void>,
): AsyncGenerator<string, void> {
  try {
    yield* events;
  } catch (thrown) {
    log.error("event stream failed", { stack: stackOf(thrown) });
    throw thrown;
  }
}
