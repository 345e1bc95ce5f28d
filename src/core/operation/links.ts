/** OperationLinks are the absolute URLs of one operation. */
export interface OperationLinks {
  readonly self: string;
  readonly result: string;
  readonly events: string;
  readonly watch: string;
  readonly cancel: string;
  /** Present once its work has written output. */
  readonly output?: string;
}
