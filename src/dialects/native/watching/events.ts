import type { Asked, Handler } from "../../../edge/exchange.ts";
import { problem } from "../../../edge/problem.ts";
import { encodeMonitor } from "../../../object/wire/monitor.ts";
import { encodeEvent } from "../../../object/wire/watch-frames.ts";
import { decodeAfter } from "../watch-request.ts";
import { eventStream, type Source } from "./event-stream.ts";
import { leave, openAgain, openAll, openOne } from "./open-watch.ts";

/** operationEvents is `GET /operations/{id}/events`: its changes as server-sent events, to its end. */
export const operationEvents: Handler = async (exchange, { id = "" }) => {
  const watch = await openOne(exchange, id);
  if (watch.error) return problem(exchange, watch.error);
  if ("opened" in watch) {
    const again: Source["again"] = ({ version }) =>
      openAgain(exchange, { id }, version ?? afterOf(exchange));
    return streaming(exchange, [{ opened: watch.opened, again }], true);
  }
  const { isKnown, ...snapshot } = watch.ended;
  // The one answer that stops an EventSource from coming back.
  if (isKnown) return new Response(null, { status: 204 });
  const monitor = encodeMonitor(snapshot, exchange.base);
  return answer(encodeEvent(String(snapshot.op.version), monitor));
};

/** tenantEvents is `GET /events`: the changes of every operation that the filter lets through. */
export const tenantEvents: Handler = async (exchange) => {
  const watch = await openAll(exchange);
  if (watch.error) return problem(exchange, watch.error);
  const sources = watch.opened.map((opened, shard): Source => {
    return {
      opened,
      again: ({ position }) => openAgain(exchange, { shard }, position.get(shard)),
    };
  });
  return streaming(exchange, sources, false);
};

function afterOf({ url, request }: Asked): number | undefined {
  const decoded = decodeAfter(url.searchParams, request.headers);
  return decoded.error ? undefined : decoded.after;
}

function streaming(exchange: Asked, sources: readonly Source[], isOne: boolean): Response {
  const { request, base } = exchange;
  if (request.method !== "HEAD") {
    return answer(eventStream(sources, { isOne, base, signal: request.signal }));
  }
  for (const { opened } of sources) leave(opened.socket);
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
