import type { Operation, Status } from "../../../client/index.ts";

/** Seen is a change of an operation as this page saw it. */
export interface Seen {
  readonly version: number;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly status: Status;
  readonly attempt: number;
  readonly percentComplete: number | undefined;
  readonly statusMessage: string | undefined;
  /** What it asked for, where it did. */
  readonly question: string | undefined;
}

/** maxSeen is how many changes of one operation are remembered: the first, and the latest. */
const maxSeen = 200;

/** maxOperations is how many operations are remembered. */
const maxOperations = 5_000;

/**
 * ProgressLog remembers what this page saw of each operation on its way: the service tells how it
 * stands, not how it came there.
 */
export class ProgressLog {
  readonly #seen = new Map<string, Seen[]>();

  /** note takes in a state. Versions come in any order, and may come again. */
  note(operation: Operation): void {
    const { id, version } = operation;
    const list = this.#seen.get(id) ?? [];
    if (list.some((other) => other.version === version)) return;
    list.push(seenOf(operation));
    list.sort((a, b) => a.version - b.version);
    if (list.length > maxSeen) list.splice(1, 1);
    if (this.#seen.has(id)) return;
    this.#seen.set(id, list);
    if (this.#seen.size <= maxOperations) return;
    const [oldest] = this.#seen.keys();
    if (oldest !== undefined) this.#seen.delete(oldest);
  }

  /** clear forgets everything. */
  clear(): void {
    this.#seen.clear();
  }

  /** of returns what was seen of an operation, oldest first. */
  of(id: string): readonly Seen[] {
    return this.#seen.get(id) ?? [];
  }
}

function seenOf(operation: Operation): Seen {
  const { version, status, attempt, percentComplete, statusMessage, updatedAt } = operation;
  const isAsking = operation.status === "input_required";
  return {
    version,
    at: Date.parse(updatedAt),
    status,
    attempt,
    percentComplete,
    statusMessage,
    question: isAsking ? operation.inputRequest.message : undefined,
  };
}
