import type {
  Finished,
  Operation,
  OperationError,
  OperationFields,
  Stage,
  Unfinished,
} from "./operation.ts";

/** News is what a change tells beside the status. */
type News = Partial<OperationFields>;

/** End is how an operation ends. */
type End = Pick<Extract<Finished, { status: "succeeded" }>, "status" | "result"> | Failure;

type Failure = Pick<Extract<Finished, { error: OperationError }>, "status" | "error">;

/** changed returns an operation after a change that leaves its status as it is. */
export function changed<O extends Unfinished>(op: O, now: number, news: Partial<O>): O {
  return { ...op, ...news, version: op.version + 1, updatedAt: moment(op, now) };
}

/** entered returns an operation that has gone on to another stage; what it had in its last alone is gone. */
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

/** canceled returns the end of what was to be canceled. */
export function canceled(message = "Canceled on request"): Failure {
  return { status: "canceled", error: { code: "canceled", message } };
}

/** moment returns when a change counts as made: a clock that goes back is taken to stand. */
export function moment(op: Operation, now: number): number {
  return Math.max(now, op.updatedAt);
}

/** What an operation keeps from stage to stage, what this code does not know included. */
function fieldsOf(op: Unfinished): OperationFields {
  const { startAt, leaseExpiresAt, inputRequest, isParked, wait, ...fields } = op;
  return fields;
}
