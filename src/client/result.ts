import type { Call, Connection } from "./connection.ts";
import {
  type CanceledOperation,
  type FailedOperation,
  type FinishedOperation,
  type Operation,
  operationPath,
} from "./operation.ts";
import { UnreachableError } from "./request-error.ts";

/** OperationError means that an operation has no result because it failed or was canceled. */
export class OperationError extends Error {
  override readonly name = "OperationError";
  /** At most 64 characters: the code of the work's failure, or `canceled`, `deadline_exceeded`, `interrupted`. */
  readonly code: string;
  /** Any JSON that the work added. */
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

/** UnfinishedError means that a result was requested before the operation had ended. */
export class UnfinishedError extends Error {
  override readonly name = "UnfinishedError";
  readonly code = "unfinished";
  /** The current state of the operation. */
  readonly operation: Operation;

  constructor(operation: Operation) {
    super(`The operation ${operation.id} has not finished: it is ${operation.status}`);
    this.operation = operation;
  }
}

/**
 * openResult opens the result of the operation at a path.
 *
 * @throws see OperationsClient.result
 */
export async function openResult(
  connection: Connection,
  { path, ...call }: Pick<Call, "path" | "tries" | "signal">,
): Promise<Response> {
  const response = await connection.open({
    ...call,
    method: "GET",
    path: `${path}/result`,
    headers: { accept: "*/*" },
    isFine: (answer) => isResult(answer) || answer.status === 202,
  });
  if (isResult(response)) return response;
  throw new UnfinishedError(await monitorOf(connection, response));
}

/**
 * resultValue returns the result of an operation that has ended: the parsed JSON, or the Response if it has another
 * media type or comes from an upstream.
 *
 * @throws OperationError if it failed or was canceled
 */
export async function resultValue(
  connection: Connection,
  ended: FinishedOperation,
  call: Pick<Call, "tries" | "signal">,
): Promise<unknown> {
  if (ended.status !== "succeeded") throw new OperationError(ended);
  if (ended.result !== undefined) return ended.result;
  const response = await openResult(connection, { ...call, path: operationPath(ended.id) });
  const isJson = /^application\/json\b/i.test(response.headers.get("content-type") ?? "");
  if (!isJson || response.headers.has("upstream-status")) return response;
  return connection.read(await response.text());
}

async function monitorOf(connection: Connection, response: Response): Promise<Operation> {
  const read = (text: string) => connection.read(text) as Operation | undefined;
  const broken = (cause?: unknown) =>
    new UnreachableError("The response was cut off, or is not JSON", { cause });
  const operation = await response.text().then(read, (cause) => Promise.reject(broken(cause)));
  if (operation === undefined) throw broken();
  return operation;
}

/**
 * Whether a response is a result. An upstream's response is replayed with its own status, even a 202 or a 503, and has
 * `Upstream-Status`. Older services do not send that header, but send `Accept-Ranges` only with results.
 */
function isResult({ status, headers }: Response): boolean {
  const isAnswer = headers.has("upstream-status") || headers.get("accept-ranges") === "bytes";
  return status === 200 || isAnswer;
}
