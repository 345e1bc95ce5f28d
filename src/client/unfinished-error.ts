import type { Operation } from "./operation.ts";

/** UnfinishedError is a result that was asked for before there was one. */
export class UnfinishedError extends Error {
  override readonly name = "UnfinishedError";
  readonly code = "unfinished";
  /** The operation as it stands. */
  readonly operation: Operation;

  constructor(operation: Operation) {
    super(`The operation ${operation.id} has not finished: it is ${operation.status}`);
    this.operation = operation;
  }
}
