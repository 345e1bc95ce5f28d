import { eachOf, isOpen } from "./sockets.ts";

/**
 * ClaimWaiters are the hibernating sockets of workers that wait for something to claim, tagged with
 * each kind that they would take. The object may sleep under them. A socket only says that it is
 * worth claiming now: the claim itself is another call, so that nothing is handed to a worker that
 * has gone.
 */
export class ClaimWaiters {
  readonly #ctx: DurableObjectState;

  /** Whether there has been a socket, so that work nobody waits for asks the runtime nothing. */
  #isUsed: boolean;

  constructor(ctx: DurableObjectState) {
    this.#ctx = ctx;
    this.#isUsed = ctx.getWebSockets(all).length > 0;
  }

  /** accept opens a waiting socket; `until` is when its worker has given up, in milliseconds since 1970. */
  accept(kinds: readonly string[], until: number): Response {
    const { 0: client, 1: server } = new WebSocketPair();
    this.#ctx.acceptWebSocket(server, [all, ...kinds.map(tagOf)]);
    server.serializeAttachment({ until });
    this.#isUsed = true;
    return new Response(null, { status: 101, webSocket: client });
  }

  /** wake tells as many who wait for a kind as there is work for; each is told once. */
  wake(kind: string, count: number): void {
    if (!this.#isUsed) return;
    let left = count;
    eachOf(this.#ctx.getWebSockets(tagOf(kind)), (socket) => {
      if (left === 0 || !isOpen(socket)) return;
      socket.send("claimable");
      socket.close(1000, "done");
      left -= 1;
    });
  }

  /** closeAbandoned closes sockets whose worker should have left long ago. */
  closeAbandoned(now: number): void {
    if (!this.#isUsed) return;
    eachOf(this.#ctx.getWebSockets(all), (socket) => {
      const { until } = socket.deserializeAttachment() as { readonly until: number };
      if (now >= until) socket.close(1000, "too late");
    });
  }
}

/** all is the tag of every one of these sockets. */
const all = "claim";

/** No id has a colon, so nobody who waits for an operation has such a tag. */
function tagOf(kind: string): string {
  return `claim:${kind}`;
}
