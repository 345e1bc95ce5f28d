import type { ClaimWaitCommand } from "./command.ts";
import { eachOf, isOpen, type Sockets } from "./sockets.ts";

/** Claimable is a signal that there is something to claim. */
export interface Claimable {
  /** How many operations; 0 if none. */
  readonly claimable: number;
  /** Whether there are waiters of the same kind that have not been signaled. */
  readonly others: boolean;
}

/**
 * ClaimWaiters is the sockets of workers that wait for something to claim, each tagged with the kinds that it would
 * claim. A socket only signals that claiming is worthwhile now; the claim itself is another call, so that nothing is
 * handed to a worker that has gone.
 */
export class ClaimWaiters {
  readonly #sockets: Sockets;

  constructor(sockets: Sockets) {
    this.#sockets = sockets;
  }

  /** accept opens a waiting socket. */
  accept(command: ClaimWaitCommand): Response {
    const { client } = this.#sockets.open(command, [all, ...command.kinds.map(tagOf)]);
    return new Response(null, { status: 101, webSocket: client });
  }

  /** has returns whether there are waiters of any of these kinds. */
  has(kinds: readonly string[]): boolean {
    return kinds.some((kind) => this.#sockets.of("claim", tagOf(kind)).length > 0);
  }

  /**
   * wake signals as many waiters of a kind as there is work for, and tells each how much there is: one may wait for
   * several workers. Each is signaled once.
   */
  wake(kind: string, count: number): void {
    const sockets = this.#sockets.of("claim", tagOf(kind));
    const signal: Claimable = { claimable: count, others: sockets.length > count };
    let left = count;
    eachOf(sockets, (socket) => {
      if (left === 0 || !isOpen(socket)) return;
      socket.send(JSON.stringify(signal));
      socket.close(1000, "done");
      left -= 1;
    });
  }
}

/** all is the tag of all these sockets; other versions of the code look for it. */
const all = "claim";

/** No ID has a colon, so nobody who waits for an operation has such a tag. */
function tagOf(kind: string): string {
  return `claim:${kind}`;
}
