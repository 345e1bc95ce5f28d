import { encodeMonitor } from "../protocols/native/monitor.ts";
import { encodeEvent } from "../protocols/native/watch-frames.ts";
import { eventStream } from "./event-stream.ts";
import type { Asked, Handler } from "./exchange.ts";
import { leave, type Opened, openAll, openOne } from "./open-watch.ts";
import { problem } from "./problem.ts";

/** operationEvents is `GET /operations/{id}/events`: its changes as server-sent events, to its end. */
export const operationEvents: Handler = async (exchange, { id = "" }) => {
  const watch = await openOne(exchange, id);
  if (watch.error) return problem(exchange, watch.error);
  if ("opened" in watch) return streaming(exchange, [watch.opened], true);
  const { isKnown, ...snapshot } = watch.ended;
  // The one answer that stops an EventSource from coming back.
  if (isKnown) return new Response(null, { status: 204 });
  const monitor = encodeMonitor(snapshot, exchange.origin);
  return answer(encodeEvent(String(snapshot.op.version), monitor));
};

/** tenantEvents is `GET /events`: the changes of every operation that the filter lets through. */
export const tenantEvents: Handler = async (exchange) => {
  const watch = await openAll(exchange);
  if (watch.error) return problem(exchange, watch.error);
  return streaming(exchange, watch.opened, false);
};

function streaming({ request }: Asked, opened: readonly Opened[], isOne: boolean): Response {
  if (request.method !== "HEAD") {
    return answer(eventStream(opened, { isOne, signal: request.signal }));
  }
  for (const { socket } of opened) leave(socket);
  return answer(null);
}

function answer(body: BodyInit | null): Response {
  return new Response(body, {
    headers: {
      "content-type": "text/event-stream",
      // A proxy that compresses or gathers would hold events back.
      "cache-control": "no-store, no-transform",
      "x-accel-buffering": "no",
    },
  });
}
