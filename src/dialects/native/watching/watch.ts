import { headerList } from "../../../base/headers/header-list.ts";
import { type Failure, failure } from "../../../core/errors.ts";
import { CloseCode, encodeFrame, subprotocol } from "../../../core/watching/frames.ts";
import { allows } from "../../../edge/access/authenticate.ts";
import { refuseForeignPage } from "../../../edge/access/foreign-page.ts";
import type { Exchange, Handler } from "../../../edge/exchange.ts";
import { problem } from "../../../edge/problem.ts";
import type { Ended, Opened } from "../../../map/watches.ts";
import { encodeMonitor } from "../monitor.ts";
import { decodeAfter, decodeAll, decodeAttempts } from "../watch-request.ts";
import { relay } from "./relay.ts";

/** watchOperation is `GET /operations/{id}/watch`: a WebSocket that receives each change. */
const watchOperation: Handler = async (exchange, { id = "" }) => {
  const refused = refuseUpgrade(exchange);
  if (refused) return problem(exchange, refused);
  const { url, request, caller, map } = exchange;
  const decoded = decodeAfter(url.searchParams, request.headers);
  if (!decoded.ok) return problem(exchange, decoded.failure);
  const attempts = decodeAttempts(exchange);
  if (!attempts.ok) return problem(exchange, attempts.failure);
  const watcher = { mayCancel: allows(caller, "write"), attempts: attempts.value };
  const watch = await map.watches().one(id, decoded.value, watcher);
  if (watch.error) return problem(exchange, watch.error);
  if ("ended" in watch) return upgraded(exchange, endingSocket(watch.ended, exchange.base));
  return upgraded(exchange, relayed(exchange, [watch.opened], true));
};

/**
 * watchOperations is `GET /watch`: a WebSocket that receives each change of every operation that matches the filter.
 */
const watchOperations: Handler = async (exchange) => {
  const refused = refuseUpgrade(exchange);
  if (refused) return problem(exchange, refused);
  const { url, request, map } = exchange;
  const decoded = decodeAll(url.searchParams, request.headers);
  if (!decoded.ok) return problem(exchange, decoded.failure);
  const watch = await map.watches().all(decoded.value.filter, decoded.value.position);
  if (watch.error) return problem(exchange, watch.error);
  return upgraded(exchange, relayed(exchange, watch.opened, false));
};

/** A browser sends the page's origin with every upgrade, and CORS does not protect from it. */
function refuseUpgrade(exchange: Exchange): Failure | undefined {
  if (exchange.request.headers.get("upgrade")?.toLowerCase() === "websocket") {
    return refuseForeignPage(exchange);
  }
  const message = "This endpoint requires a WebSocket upgrade; /events is the same as a stream";
  return failure("validation-failed", message);
}

function relayed({ ctx }: Exchange, sources: readonly Opened[], isOne: boolean): WebSocket {
  // As a lost connection, which is not our error: the runtime does not log one.
  const cut = () =>
    ctx.abort(Object.assign(new Error("The client did not answer a Close"), { retryable: true }));
  return relay({ sources, isOne, cut, keepAwake: (promise) => ctx.waitUntil(promise) });
}

function upgraded({ request }: Exchange, socket: WebSocket): Response {
  const isOffered = headerList(request.headers.get("sec-websocket-protocol")).includes(subprotocol);
  return new Response(null, {
    status: 101,
    webSocket: socket,
    ...(isOffered && { headers: { "sec-websocket-protocol": subprotocol } }),
  });
}

/** A socket that sends an end, unless the watcher knows it, and closes. */
function endingSocket({ isKnown, ...snapshot }: Ended, base: string): WebSocket {
  const { 0: client, 1: server } = new WebSocketPair();
  server.accept();
  if (!isKnown) server.send(encodeFrame(encodeMonitor(snapshot, base)));
  server.close(CloseCode.done, "done");
  return client;
}

/** socketHandlers send changes over a WebSocket. */
export const socketHandlers = {
  watchOperation,
  watchOperations,
};
