import type { CanceledOperation, FailedOperation } from "./operation.ts";

/** OperationError is an operation that came to no result: it failed, or was canceled. */
export class OperationError extends Error {
  override readonly name = "OperationError";
  /** At most 64 characters: what the work said, or `canceled`, `deadline_exceeded`, `interrupted`. */
  readonly code: string;
  /** Any JSON that the work said besides. */
  readonly details: unknown;
  readonly operation: FailedOperation | CanceledOperation;

  constructor(operation: FailedOperation | CanceledOperation) {
    const { code, message, details } = operation.error;
    super(message);
    this.code = code;
    this.details = details;
    this.operation = operation;
  }
}
