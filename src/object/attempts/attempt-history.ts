import { appended, type LogLine, type NewLine } from "../../core/log-line.ts";
import {
  type AttemptRecord,
  type AttemptRow,
  attemptsOf,
} from "../../core/operation/attempt-record.ts";
import { isReporting } from "../../core/operation/attempts.ts";
import type { Operation } from "../../core/operation/operation.ts";
import { presentOf } from "../../core/operation/remember.ts";
import type { StepRecord } from "../../core/operation/step.ts";
import type { Snapshot } from "../../core/reply.ts";
import type { Follow, Follower } from "../map/followers.ts";
import type { Savepoints } from "../storage/savepoints.ts";
import type { AttemptRows } from "./attempt-rows.ts";

/** Left is what an attempt leaves beside its operation. */
export interface Left {
  readonly log?: readonly NewLine[] | undefined;
  /** The message of an unexpected exception, with its stack. */
  readonly stack?: string | undefined;
}

/** Surroundings are what AttemptHistory needs of the object. */
export interface Surroundings {
  readonly rows: AttemptRows;
  get(id: string): Operation | undefined;
  readonly savepoints: Savepoints;
  /** stepsOf returns the stored steps of an operation, without their values. */
  stepsOf(id: string): readonly StepRecord[];
  /** logged sends new log lines to the watchers of an operation. */
  logged(id: string, attempt: number, log: readonly LogLine[]): void;
  /** failed is called with an error and the id of its operation. */
  failed(thrown: unknown, operation: string): void;
}

/** maxStack is the longest stack that is stored, in characters. */
const maxStack = 8 * 1024;

/**
 * AttemptHistory stores what attempts leave beside their operations: their logs, progress reports and unexpected
 * exceptions. Its errors do not affect the work or the operation.
 */
export class AttemptHistory implements Follower {
  readonly event = "history";
  readonly #around: Surroundings;

  constructor(around: Surroundings) {
    this.#around = around;
  }

  /**
   * keep stores what the current attempt leaves: one row. It returns whether there are rows now, which the operation
   * has to record in the same write. It does not throw.
   */
  keep(id: string, attempt: number, { log = [], stack }: Left): true | undefined {
    if (log.length === 0 && stack === undefined) return undefined;
    const op = this.#around.get(id);
    if (!op || !isReporting(op, attempt)) return undefined;
    return this.#put(id, attempt, (row) => {
      const before = row.log?.at(-1)?.line ?? 0;
      const all = appended(row.log ?? [], log);
      const news = all.filter(({ line }) => line > before);
      if (news.length === 0 && stack === undefined) return undefined;
      if (news.length > 0) {
        this.#around.savepoints.held(() => this.#tell(id, attempt, news));
      }
      return {
        ...row,
        ...(all.length > 0 && { log: all }),
        ...(stack !== undefined && { stack: stack.slice(0, maxStack) }),
      };
    });
  }

  /** of returns the recorded attempts of an operation, oldest first. */
  of(op: Operation): readonly AttemptRecord[] {
    const rows = op.history?.rows ? this.#around.rows.all(op.id) : new Map<number, AttemptRow>();
    return attemptsOf(op, { rows, steps: this.#around.stepsOf(op.id) });
  }

  /** changed stores the progress reports of an attempt that has ended and may be followed by another. */
  changed(before: Operation | undefined, { op }: Snapshot): Follow {
    if (!before?.history?.present?.reports) return undefined;
    const { attempt, reports } = presentOf(before);
    if (op.history?.present?.attempt === attempt) return undefined;
    if (reports) this.#put(op.id, attempt, (row) => ({ ...row, reports }));
    return undefined;
  }

  /** forget removes the rows of an operation that is removed. */
  forget({ id, history }: Pick<Operation, "id" | "history">): void {
    if (history?.rows) this.#around.rows.remove(id);
  }

  #put(
    id: string,
    attempt: number,
    change: (row: AttemptRow) => AttemptRow | undefined,
  ): true | undefined {
    const { rows, savepoints, failed } = this.#around;
    try {
      savepoints.run(() => {
        const row = change(rows.get(id, attempt));
        if (row) rows.put(id, attempt, row);
      });
      return true;
    } catch (thrown) {
      failed(thrown, id);
      return undefined;
    }
  }

  #tell(id: string, attempt: number, log: readonly LogLine[]): void {
    try {
      this.#around.logged(id, attempt, log);
    } catch (thrown) {
      this.#around.failed(thrown, id);
    }
  }
}
