import type { Operation, Status } from "../../../client/index.ts";

/** Seen is a change of an operation that this page has seen. */
export interface Seen {
  readonly version: number;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly status: Status;
  readonly attempt: number;
  readonly percentComplete: number | undefined;
  readonly statusMessage: string | undefined;
  /** The question, if it asked one. */
  readonly question: string | undefined;
}

/** maxSeen is how many changes of one operation are kept: the first, and the latest. */
const maxSeen = 200;

/** maxOperations is how many operations are kept. */
const maxOperations = 5_000;

/**
 * ProgressLog keeps the changes of each operation that this page has seen: the service returns only the current state.
 */
export class ProgressLog {
  readonly #seen = new Map<string, Seen[]>();

  /** note stores a state. Versions may come in any order, and more than once. */
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

  /** clear removes everything. */
  clear(): void {
    this.#seen.clear();
  }

  /** of returns the changes of an operation, oldest first. */
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
