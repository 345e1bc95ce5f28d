import type { Webhook } from "../../core/delivery.ts";
import { isTerminal, type Operation } from "../../core/operation/operation.ts";
import type { Snapshot } from "../../core/reply.ts";
import type { At, Follow, Follower } from "./followers.ts";

/** patience is how many times an end may fail with its delivery before it comes without one. */
export const patience = 3;

/** Surroundings are what Announcements need of the map. */
export interface Surroundings {
  /** begin writes the delivery of an end, all of it or nothing. */
  begin(snapshot: Snapshot, webhook: Webhook, now: number): void;
  /** failed is told what was thrown, and by which operation. */
  failed(thrown: unknown, operation: string): void;
}

/**
 * Announcements begin the deliveries of ends that webhooks wait for. Where one cannot be written, the
 * end is not written either and comes again, so that no webhook is lost to a moment's trouble; but
 * what stays broken does not keep an operation from ending.
 */
export class Announcements implements Follower {
  readonly event = "announce";
  readonly #around: Surroundings;
  /** Ends that failed with their delivery, and how often. */
  readonly #failures = new Map<string, number>();

  constructor(around: Surroundings) {
    this.#around = around;
  }

  /** changed begins the delivery of an end: one that is not written takes the end back. */
  changed(_: Operation | undefined, after: Snapshot, { now }: At): Follow {
    this.announce(after, now);
    return undefined;
  }

  /** announce begins a delivery within the write of an end; it throws if that write is to come again. */
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
