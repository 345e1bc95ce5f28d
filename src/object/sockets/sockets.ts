import { failure } from "../../core/errors.ts";
import { attachmentOf, type Kept, keptOf, type SocketCommand } from "./command.ts";

/** maxSockets is how many sockets the runtime lets one object hold (Cloudflare, "Durable Objects: limits"). */
export const maxSockets = 32_768;

/** crowded is the refusal at the limit of sockets and waits. */
export const crowded = failure(
  "quota-exceeded",
  "Too many clients are waiting or watching (MAX_WAITERS); retry later",
);

/** recountEvery is the least time between two counts at the limit, in milliseconds. */
const recountEvery = 1_000;

/** Opened is a pair of sockets: the client's end goes into the response, the server's stays. */
export interface Opened {
  readonly client: WebSocket;
  readonly server: WebSocket;
}

/**
 * Sockets owns the hibernating sockets of an object, of waiters and watchers. What a socket was opened for stays with
 * it, so the object may sleep, be evicted, or run other code meanwhile.
 */
export class Sockets {
  readonly #ctx: Pick<DurableObjectState, "getWebSockets" | "acceptWebSocket">;
  readonly #limit: number;
  /** An upper bound: a socket that has closed is noticed when it matters. */
  #most: number;
  #countedAt = Number.NEGATIVE_INFINITY;
  /** Which types of sockets there have been, so that a change without waiters does not have to ask the runtime. */
  #lazyUsed: Set<SocketCommand["type"]> | undefined;

  constructor(
    ctx: Pick<DurableObjectState, "getWebSockets" | "acceptWebSocket">,
    limit = maxSockets,
  ) {
    this.#ctx = ctx;
    this.#limit = limit;
    this.#most = ctx.getWebSockets().length;
  }

  /** size is how many are open. */
  get size(): number {
    return this.#ctx.getWebSockets().filter(isOpen).length;
  }

  /** isFull returns whether there is no more room, given `others` waits that are not sockets. */
  isFull(now: number, others = 0): boolean {
    if (this.#most + others < this.#limit) return false;
    // Counting looks at every socket; many refused waiters must not cause that each time.
    if (Math.abs(now - this.#countedAt) >= recountEvery) {
      this.#countedAt = now;
      this.#most = this.#ctx.getWebSockets().length;
    }
    return this.#most + others >= this.#limit;
  }

  /** added records that another socket has been accepted. */
  added(): void {
    this.#most += 1;
  }

  /** open opens the socket of a command, with the tags to find it by. */
  open(command: SocketCommand, tags: readonly string[]): Opened {
    const { 0: client, 1: server } = new WebSocketPair();
    this.#ctx.acceptWebSocket(server, [...tags]);
    server.serializeAttachment(attachmentOf(command));
    this.added();
    this.#read().add(command.type);
    return { client, server };
  }

  /** isUsed returns whether there has been a socket of a type in this life. */
  isUsed(type: SocketCommand["type"]): boolean {
    return this.#most > 0 && this.#read().has(type);
  }

  /** of returns the sockets of a type that have a tag. */
  of(type: SocketCommand["type"], tag: string): readonly WebSocket[] {
    return this.isUsed(type) ? this.#ctx.getWebSockets(tag) : [];
  }

  /** sweep closes the sockets of waiters that should have left long ago. Watchers have no such time. */
  sweep(now: number): void {
    if (!this.isUsed("wait") && !this.isUsed("claim")) return;
    eachOf(this.#ctx.getWebSockets(), (socket) => {
      const kept = keptBy(socket);
      if (kept && kept.type !== "watch" && now >= kept.until) socket.close(1000, "too late");
    });
  }

  /** What the sockets are for; those of an earlier life are read by the first event that needs them. */
  #read(): Set<SocketCommand["type"]> {
    if (!this.#lazyUsed) {
      const types = this.#ctx.getWebSockets().flatMap((socket) => keptBy(socket)?.type ?? []);
      this.#lazyUsed = new Set(types);
      // Older code did not record which waiters are workers.
      if (this.#lazyUsed.has("wait")) this.#lazyUsed.add("claim");
    }
    return this.#lazyUsed;
  }
}

/** keptBy returns what a socket was opened for. */
export function keptBy(socket: WebSocket): Kept | undefined {
  return keptOf(socket.deserializeAttachment());
}

/**
 * eachOf calls a function for each of some sockets. One for which it throws can neither be written to nor closed
 * properly; it is given up, so that its client reconnects, and does not hold up the others.
 */
export function eachOf(sockets: readonly WebSocket[], act: (socket: WebSocket) => void): void {
  for (const socket of sockets) {
    try {
      act(socket);
    } catch {
      giveUp(socket);
    }
  }
}

function giveUp(socket: WebSocket): void {
  try {
    socket.close(1011, "broken");
  } catch {
    // It is closed already.
  }
}

/** isOpen returns whether a socket can still be written to. */
export function isOpen(socket: WebSocket): boolean {
  return socket.readyState === WebSocket.OPEN;
}
