import { failure } from "../../core/errors.ts";
import { isTerminal } from "../../core/operation/operation.ts";
import type { KeptSteps as Kept } from "../../core/operation/step.ts";
import type { CreateCommand, Created, Reply } from "../../core/reply.ts";
import type { Operations } from "../map/operations.ts";
import type { StepStore } from "../storage/step-store.ts";

/** Surroundings are what KeptSteps needs of the object. */
export interface Surroundings {
  /** The id of the object. */
  readonly object: string;
  readonly map: Operations;
  readonly steps: StepStore;
}

/** KeptSteps is the steps of ended operations that other operations continue with. */
export class KeptSteps {
  readonly #around: Surroundings;

  constructor(around: Surroundings) {
    this.#around = around;
  }

  /** read returns what an operation in another object needs to continue. */
  read(id: string): Reply<Kept> {
    const keys = this.#keysOf(id);
    return keys.error ? keys : { keys, rows: this.#around.steps.kept(id) };
  }

  /**
   * create creates an operation that continues with the steps of another, in the same write.
   *
   * @param kept the steps, if the other is in another object
   */
  create(command: CreateCommand, from: string, kept?: Kept): Reply<Created> {
    const { map, steps } = this.#around;
    const keys = kept?.keys ?? this.#keysOf(from);
    if ("error" in keys) return keys;
    return map.create({ ...command, keys }, false, {
      size: kept ? sizeOf(kept.rows) : steps.keptSize(from),
      write: (id) => (kept ? steps.take(id, kept.rows) : steps.copy(from, id)),
    });
  }

  #keysOf(id: string): Reply<Kept["keys"]> {
    const reply = this.#around.map.snapshot(id);
    if (reply.error) return reply;
    const { op } = reply;
    if (!isTerminal(op)) {
      return { error: failure("operation-active", `Operation ${id} is ${op.status}`) };
    }
    // A step not known to be undone may be undone: an attempt can be cut off after it has called `compensate`.
    if (op.history?.past?.some(({ isUndoing }) => isUndoing)) {
      const message = `Cannot keep the steps of operation ${id}: it has begun to undo them`;
      return { error: failure("validation-failed", message) };
    }
    const { object } = this.#around;
    const { keys = { object, id, ...(op.idempotency && { key: op.idempotency.key }) } } = op;
    return keys;
  }
}

function sizeOf(rows: Kept["rows"]): number {
  return rows.reduce((sum, [, size, doc]) => sum + size + doc.length, 0);
}
