import { failure } from "../../core/errors.ts";

/** maxSockets is how many sockets the runtime lets one object hold (Cloudflare, "Durable Objects: limits"). */
export const maxSockets = 32_768;

/** crowded is the answer at the limit of sockets and waits. */
export const crowded = failure(
  "quota-exceeded",
  "As many wait or watch here as may (MAX_WAITERS); come back later",
);

/** recountEvery is the least time between two counts at the limit, in milliseconds. */
const recountEvery = 1_000;

/** Sockets counts the hibernating sockets of an object, of waiters and watchers alike. */
export class Sockets {
  readonly #ctx: Pick<DurableObjectState, "getWebSockets">;
  readonly #limit: number;
  /** At least as many as there are: who left is noticed when it matters. */
  #most: number;
  #countedAt = Number.NEGATIVE_INFINITY;

  constructor(ctx: Pick<DurableObjectState, "getWebSockets">, limit = maxSockets) {
    this.#ctx = ctx;
    this.#limit = limit;
    this.#most = ctx.getWebSockets().length;
  }

  /** size is how many are open. */
  get size(): number {
    return this.#ctx.getWebSockets().filter(isOpen).length;
  }

  /** isFull says whether there is room for no more, beside `others` that are no sockets. */
  isFull(now: number, others = 0): boolean {
    if (this.#most + others < this.#limit) return false;
    // Counting looks at every socket; a crowd at the door must not make it do so each time.
    if (Math.abs(now - this.#countedAt) >= recountEvery) {
      this.#countedAt = now;
      this.#most = this.#ctx.getWebSockets().length;
    }
    return this.#most + others >= this.#limit;
  }

  /** added says that another has been accepted. */
  added(): void {
    this.#most += 1;
  }
}

/**
 * eachOf does the same to each of some sockets. One that throws can be neither written to nor
 * closed well; it is given up, so that its client comes again, and holds up no other.
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

/** isOpen says whether a socket can still be written to. */
export function isOpen(socket: WebSocket): boolean {
  return socket.readyState === WebSocket.OPEN;
}
