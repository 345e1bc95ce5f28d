import { isTerminal, type Operation } from "../../core/operation/operation.ts";
import type { Snapshot } from "../../core/reply.ts";
import type { Follow, Follower } from "../map/followers.ts";
import type { WaitCommand } from "./command.ts";
import { Lapses } from "./lapses.ts";
import { eachOf, isOpen, keptBy, type Sockets } from "./sockets.ts";

/** outputTag returns the additional tag of those who wait for more output as well as for the end. */
export function outputTag(id: string): string {
  return `output:${id}`;
}

/**
 * Waiters is the hibernating sockets of those who wait for an operation, each tagged with its ID. The Worker at the
 * other end owns the timer and the HTTP client; this object may sleep meanwhile.
 */
export class Waiters implements Follower {
  readonly event = "waiters";
  readonly #sockets: Sockets;
  readonly #lapses = new Lapses();
  #inEventCount = 0;
  readonly #inEvent = new Map<string, Set<(snapshot: Snapshot) => void>>();

  constructor(sockets: Sockets) {
    this.#sockets = sockets;
  }

  /** isSatisfied returns whether a wait is over: the operation has ended, or has changed. */
  static isSatisfied({ op }: Snapshot, after: number | undefined): boolean {
    return isTerminal(op) || (after !== undefined && op.version > after);
  }

  /** accept opens a waiting socket whose first frame is the current state, unless it reads output. */
  accept(snapshot: Snapshot, command: WaitCommand): Response {
    const { id } = snapshot.op;
    const tags = command.reads ? [id, outputTag(id)] : [id];
    const { client, server } = this.#sockets.open(command, tags);
    if (!command.reads) server.send(JSON.stringify(snapshot));
    return new Response(null, { status: 101, webSocket: client });
  }

  /** changed sends an operation to those who wait for this change, and closes their sockets. */
  changed(before: Operation | undefined, after: Snapshot): Follow {
    return before && (() => this.#tell(after));
  }

  /** removed closes the sockets that wait for an operation that is removed. */
  removed({ id }: Operation): Follow {
    return () => {
      eachOf(this.#sockets.of("wait", id), (socket) => socket.close(1000, "removed"));
    };
  }

  #tell(snapshot: Snapshot): void {
    const { id } = snapshot.op;
    if (isTerminal(snapshot.op)) {
      for (const wake of this.#inEvent.get(id) ?? []) wake(snapshot);
      this.#inEvent.delete(id);
    }
    let frame: string | undefined;
    eachOf(this.#sockets.of("wait", id), (socket) => {
      const kept = keptBy(socket);
      const after = kept?.type === "wait" ? kept.after : undefined;
      if (!isOpen(socket) || !Waiters.isSatisfied(snapshot, after)) return;
      frame ??= JSON.stringify(snapshot);
      socket.send(frame);
      socket.close(1000, "done");
    });
  }

  /** inEvent is how many waits by `finished` there are. */
  get inEvent(): number {
    return this.#inEventCount;
  }

  /**
   * finished resolves with the ended operation, or with undefined once the milliseconds have passed. It keeps the
   * object awake, so it is for short waits on work that keeps it awake anyway.
   */
  finished(id: string, milliseconds: number): Promise<Snapshot | undefined> {
    this.#inEventCount += 1;
    return new Promise<Snapshot | undefined>((resolve) => {
      const waiting = this.#inEvent.get(id) ?? new Set();
      this.#inEvent.set(id, waiting);
      const over = this.#lapses.after(milliseconds, () => {
        waiting.delete(wake);
        if (waiting.size === 0) this.#inEvent.delete(id);
        resolve(undefined);
      });
      const wake = (snapshot: Snapshot) => {
        over();
        resolve(snapshot);
      };
      waiting.add(wake);
    }).finally(() => {
      this.#inEventCount -= 1;
    });
  }
}
