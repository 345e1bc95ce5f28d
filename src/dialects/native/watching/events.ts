import { encodeEvent } from "../../../core/watching/frames.ts";
import type { Asked, Handler } from "../../../edge/exchange.ts";
import { pacingOf } from "../../../edge/pacing.ts";
import { problem } from "../../../edge/problem.ts";
import { leave } from "../../../map/listen.ts";
import { encodeMonitor } from "../monitor.ts";
import { decodeAfter, decodeAll, decodeAttempts } from "../watch-request.ts";
import { eventHeaders } from "./event-response.ts";
import { eventStream, type Source } from "./event-stream.ts";

/** streamOperation is `GET /operations/{id}/events`: its changes as server-sent events, until its end. */
const streamOperation: Handler = async (exchange, { id = "" }) => {
  const { url, request, map } = exchange;
  const decoded = decodeAfter(url.searchParams, request.headers);
  if (!decoded.ok) return problem(exchange, decoded.failure);
  const after = decoded.value;
  const attempts = decodeAttempts(exchange);
  if (!attempts.ok) return problem(exchange, attempts.failure);
  // A client that reads a stream sends nothing.
  const reader = { mayCancel: false, attempts: attempts.value };
  const watch = await map.watches().one(id, after, reader);
  if (watch.error) return problem(exchange, watch.error);
  if ("opened" in watch) {
    const again: Source["again"] = ({ version }) =>
      map.watches().oneAgain(id, version ?? after, reader);
    return streaming(exchange, [{ opened: watch.opened, again }], true);
  }
  const { isKnown, ...snapshot } = watch.ended;
  // The only response that stops an EventSource from reconnecting.
  if (isKnown) return new Response(null, { status: 204 });
  const monitor = encodeMonitor(snapshot, exchange.base);
  return answer(encodeEvent(String(snapshot.op.version), monitor));
};

/** streamOperations is `GET /events`: the changes of every operation that matches the filter. */
const streamOperations: Handler = async (exchange) => {
  const { url, request, map } = exchange;
  const decoded = decodeAll(url.searchParams, request.headers);
  if (!decoded.ok) return problem(exchange, decoded.failure);
  const { filter, position: from } = decoded.value;
  const watch = await map.watches().all(filter, from);
  if (watch.error) return problem(exchange, watch.error);
  const sources = watch.opened.map((opened, shard): Source => {
    return {
      opened,
      again: ({ position }) => map.watches().shardAgain(shard, filter, position.get(shard)),
    };
  });
  return streaming(exchange, sources, false);
};

function streaming(exchange: Asked, sources: readonly Source[], isOne: boolean): Response {
  const { request, base } = exchange;
  if (request.method !== "HEAD") {
    const pacing = (abandon: () => void) => pacingOf(exchange, abandon);
    return answer(eventStream(sources, { isOne, base, signal: request.signal, pacing }));
  }
  for (const { opened } of sources) leave(opened.socket);
  return answer(null);
}

function answer(body: BodyInit | null): Response {
  return new Response(body, { headers: eventHeaders });
}

/** streamHandlers send changes as server-sent events. */
export const streamHandlers = {
  streamOperation,
  streamOperations,
};
