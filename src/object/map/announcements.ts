import type { Webhook } from "../../core/delivery.ts";
import { isTerminal, type Operation } from "../../core/operation/operation.ts";
import type { Snapshot } from "../../core/reply.ts";
import type { At, Follow, Follower } from "./followers.ts";

/** patience is how many times an end may fail because of its delivery before it is written without one. */
export const patience = 3;

/** Surroundings are what Announcements need of the map. */
export interface Surroundings {
  /** begin writes the delivery for an end, all of it or nothing. */
  begin(snapshot: Snapshot, webhook: Webhook, now: number): void;
  /** failed is called with an error and the id of its operation. */
  failed(thrown: unknown, operation: string): void;
}

/**
 * Announcements starts the webhook deliveries of operations that end. If a delivery cannot be written, the end is not
 * written either and is retried, so that a temporary error loses no webhook; but a permanent one does not keep an
 * operation from ending.
 */
export class Announcements implements Follower {
  readonly event = "announce";
  readonly #around: Surroundings;
  /** Ends that failed because of their delivery, and how often. */
  readonly #failures = new Map<string, number>();

  constructor(around: Surroundings) {
    this.#around = around;
  }

  /** changed starts the delivery for an end; if it fails, the end is rolled back. */
  changed(_: Operation | undefined, after: Snapshot, { now }: At): Follow {
    this.announce(after, now);
    return undefined;
  }

  /** announce starts a delivery within the write of an end; it throws if that write is to be retried. */
  announce(snapshot: Snapshot, now: number): void {
    const { webhook, id } = snapshot.op;
    if (!webhook || !isTerminal(snapshot.op)) return;
    const failures = this.#failures.get(id) ?? 0;
    this.#failures.delete(id);
    try {
      this.#around.begin(snapshot, webhook, now);
    } catch (thrown) {
      if (failures + 1 < patience) {
        this.#failures.set(id, failures + 1);
        throw thrown;
      }
      this.#around.failed(thrown, id);
    }
  }
}
