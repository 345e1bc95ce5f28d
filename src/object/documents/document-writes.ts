import {
  type DocumentWrite,
  documentChanged,
  documentExists,
  documentNotFound,
  stamped,
} from "../../core/document.ts";
import { type Failure, failure } from "../../core/errors.ts";
import { apply } from "../../core/operation/apply.ts";
import type { Event } from "../../core/operation/event.ts";
import type { CreateCommand, Created, Reply } from "../../core/reply.ts";
import type { Operations } from "../map/operations.ts";
import type { Changes } from "../storage/changes.ts";
import type { Documents } from "./documents.ts";

/** Surroundings are what DocumentWrites needs of the object. */
export interface Surroundings {
  readonly storage: Pick<DurableObjectStorage, "transactionSync">;
  readonly documents: Documents;
  readonly map: Operations;
  readonly changes: Changes;
}

/**
 * DocumentWrites changes documents by operations of the same object. A write that cannot be made in the current state
 * is refused immediately; otherwise it is made later, together with the end of its operation. Call the methods that
 * change something inside a group commit.
 */
export class DocumentWrites {
  readonly #around: Surroundings;

  constructor(around: Surroundings) {
    this.#around = around;
  }

  /** begin creates the operation of a write, unless the write cannot be made in the current state. */
  begin(command: CreateCommand, write: DocumentWrite): Reply<Created> {
    const refused = this.#refusal(write);
    return refused ? { error: refused } : this.#around.map.create(command, write.verb === "delete");
  }

  /**
   * commit makes the write of an attempt and ends its operation with the outcome: both or neither. It returns why not
   * if the state has changed since, or if the attempt is over.
   */
  commit(id: string, attempt: number, write: DocumentWrite): Failure | undefined {
    // An attempt of an earlier life may not have been recovered yet; it is over all the same.
    const before = this.#around.map.send(id, { type: "tick" });
    if (before.error) return before.error;
    const now = Date.now();
    const { result, make } = this.#changeOf(write, now);
    const size = new TextEncoder().encode(result).byteLength;
    const outcome = { type: "succeeded", result: { mediaType: "application/json", size } } as const;
    const event: Event = { type: "finish", attempt, outcome, jitter: 0 };
    const after = apply(before.op, event, now);
    // The operation has ended, its deadline has passed, or another attempt has taken over.
    if (after === before.op || after.status !== "succeeded") {
      return failure("stale-attempt", `Attempt ${attempt} of operation ${id} is over`);
    }
    const refused = this.#refusal(write);
    if (refused) return refused;
    this.#around.storage.transactionSync(() => {
      make();
      const ended = this.#around.map.send(id, event, result);
      if (ended.error || ended.op.version !== after.version) {
        throw new Error(`Operation ${id} did not end with writing its document`);
      }
    });
    return undefined;
  }

  /** Returns what a write makes of the document, and the operation's result. */
  #changeOf(write: DocumentWrite, now: number): { result: string; make: () => void } {
    if (write.verb === "delete") {
      return { result: write.result, make: () => this.#around.documents.remove(write) };
    }
    const present = this.#around.documents.get(write);
    // If the clock goes back, the current revision must not be issued again.
    const revision = Math.max(this.#around.changes.next(now), (present?.revision ?? 0) + 1);
    const createdAt = present?.createdAt ?? now;
    const stored = { doc: stamped(write.document, createdAt, revision), createdAt, revision };
    const verb = write.verb === "create" ? "insert" : "update";
    return { result: stored.doc, make: () => this.#around.documents[verb](write, stored) };
  }

  /** Returns why a write cannot be made in the current state. */
  #refusal(write: DocumentWrite): Failure | undefined {
    const present = this.#around.documents.get(write);
    if (write.verb === "create") return present ? documentExists(write) : undefined;
    if (!present) return documentNotFound(write);
    const asked = write.verb === "update" ? write.revision : undefined;
    if (asked === undefined || asked === present.revision) return undefined;
    return documentChanged(write, present.revision, asked);
  }
}
