import { parseId } from "../../core/id.ts";
import { isTerminal, isToUndo, type Operation, wakeTime } from "../../core/operation/operation.ts";
import { waitOf } from "../../core/operation/wait.ts";
import type { UpstreamRequest } from "../../core/upstream-request.ts";
import { stampAt } from "./stamp.ts";

/** Standing is what determines an operation's place in the agenda and in the queues. */
export type Standing = Pick<
  Operation,
  | "id"
  | "kind"
  | "status"
  | "startAt"
  | "leaseExpiresAt"
  | "deadlineAt"
  | "expiresAt"
  | "external"
  | "isParked"
  | "priority"
  | "wait"
> & {
  /** For an operation that has been read as a whole. */
  readonly attempt?: number;
  /** The upstream that it requests, if that has a limit. */
  readonly upstream?: Pick<UpstreamRequest, "name">;
};

/** isParkedNow returns whether an operation has no attempt because it sleeps or waits for an answer. */
export function isParkedNow(op: Standing): boolean {
  return op.isParked === true || (op.status === "pending" && waitOf(op) !== undefined);
}

/** isUnderWayHere returns whether an attempt should be running in the object; work elsewhere does not depend on it. */
export function isUnderWayHere(op: Standing): boolean {
  const isBegun = op.status === "running" || op.status === "input_required";
  return isBegun && !op.external && !op.isParked && !isToUndo(op);
}

/**
 * FrontColumns are the columns before the first that can be large, and the name of the upstream, which is read for
 * kinds that an upstream may limit.
 */
export type FrontColumns = [
  id: string,
  status: Operation["status"],
  kind: string,
  wakeAt: number,
  upstream: string | null,
];

/** markUnit is the first mark; times in milliseconds are below it until the year 2527. */
const markUnit = 2 ** 44;

/** Marks of an unfinished operation, in multiples of markUnit. */
const marks = {
  /** The other marks are known: this code has written them. */
  known: 1,
  external: 2,
  /** It waits for its start time, or for that of an attempt that undoes its steps; that is then its wake time. */
  later: 4,
  parked: 8,
  /** It has not changed since it was created, and its stamp is of the millisecond in its ID. */
  stampedById: 16,
  /**
   * From here up: the priority. A row with a priority is negative, so that code without priorities sees it as unmarked.
   */
  priority: 32,
} as const;

/**
 * unmarked is the SQL of a row whose marks are not known: the operation has ended, or code without marks wrote the row
 * last.
 */
export const unmarked = `wake_at BETWEEN 0 AND ${markUnit - 1}`;

/** stampedById is the SQL of a row whose ID tells the millisecond of its stamp. */
export const stampedById = `(abs(wake_at) / ${markUnit} & ${marks.stampedById} <> 0)`;

/**
 * wakeColumn returns the value of the column wake_at: wakeTime plus, for an unfinished operation, its marks; negative
 * if it has a priority. So everything that a start of the object needs is before the first column that can be large,
 * and SQLite reads no further. Code without marks writes the bare time with every change, so marks are never out of
 * date.
 *
 * @param created the stamp of an operation that is being created
 */
export function wakeColumn(op: Operation, created?: number): number {
  const wake = wakeTime(op);
  if (isTerminal(op) || wake >= markUnit) return wake;
  let mark: number = marks.known;
  if (op.external) mark += marks.external;
  if (op.startAt !== undefined) mark += marks.later;
  if (isParkedNow(op)) mark += marks.parked;
  const time = created === undefined ? undefined : parseId(op.id)?.time;
  if (time !== undefined && created !== undefined && created < stampAt(time + 1)) {
    mark += marks.stampedById;
  }
  if (op.priority !== undefined) return -((mark + op.priority * marks.priority) * markUnit + wake);
  return mark * markUnit + wake;
}

/**
 * standingOf reads the front columns of an unfinished operation whose marks are known. It returns the wake time as its
 * deadline, which is never later.
 */
export function standingOf([id, status, kind, wakeAt, upstream]: FrontColumns): Standing {
  const marked = Math.abs(wakeAt);
  const mark = Math.floor(marked / markUnit);
  const wake = marked % markUnit;
  return {
    id,
    kind,
    status,
    deadlineAt: wake,
    ...(upstream !== null && { upstream: { name: upstream } }),
    ...(mark & marks.external && { external: true }),
    ...(mark & marks.later && { startAt: wake }),
    ...(mark & marks.parked && { isParked: true }),
    ...(wakeAt < 0 && { priority: Math.floor(mark / marks.priority) }),
  };
}
