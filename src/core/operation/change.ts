import type {
  Finished,
  Operation,
  OperationError,
  OperationFields,
  Stage,
  Unfinished,
} from "./operation.ts";

/** News are the changed fields. */
type News = Partial<OperationFields>;

/** End is how an operation ends. */
type End = Pick<Extract<Finished, { status: "succeeded" }>, "status" | "result"> | Failure;

type Failure = Pick<Extract<Finished, { error: OperationError }>, "status" | "error">;

/** changed returns an operation after a change within the same status. */
export function changed<O extends Unfinished>(op: O, now: number, news: Partial<O>): O {
  return { ...op, ...news, version: op.version + 1, updatedAt: moment(op, now) };
}

/** entered returns an operation in a new stage, without what it had only in the previous one. */
export function entered(op: Unfinished, now: number, stage: Stage, news: News = {}): Operation {
  return {
    ...fieldsOf(op),
    ...news,
    ...stage,
    version: op.version + 1,
    updatedAt: moment(op, now),
  };
}

/** finish ends an operation. */
export function finish(op: Unfinished, now: number, end: End): Operation {
  const { answers, interruptedInRow, ...rest } = op;
  const finishedAt = moment(op, now);
  return entered(rest, now, { ...end, finishedAt, expiresAt: finishedAt + op.ttl } as Stage);
}

/** canceled returns the end of a canceled operation. */
export function canceled(message = "Canceled on request"): Failure {
  return { status: "canceled", error: { code: "canceled", message } };
}

/** moment returns the time of a change: if the clock goes back, the time of the last change. */
export function moment(op: Operation, now: number): number {
  return Math.max(now, op.updatedAt);
}

/** The fields that an operation keeps from stage to stage, including unknown ones. */
function fieldsOf(op: Unfinished): OperationFields {
  const { startAt, leaseExpiresAt, inputRequest, isParked, wait, ...fields } = op;
  return fields;
}
