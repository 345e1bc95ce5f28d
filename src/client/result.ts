import type { Call, Connection } from "./connection.ts";
import type { Operation } from "./operation.ts";
import { UnreachableError } from "./request-error.ts";
import { UnfinishedError } from "./unfinished-error.ts";

/**
 * openResult reads the result of the operation at a path.
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

async function monitorOf(connection: Connection, response: Response): Promise<Operation> {
  const read = (text: string) => connection.read(text) as Operation | undefined;
  const broken = (cause?: unknown) =>
    new UnreachableError("The answer broke off, or is no JSON", { cause });
  const operation = await response.text().then(read, (cause) => Promise.reject(broken(cause)));
  if (operation === undefined) throw broken();
  return operation;
}

/**
 * Whether an answer is a result, and not why there is none: an upstream's answer is played back with
 * its own status, a 202 or a 503 too, and names it. Services before that said of results alone that
 * they can be read in ranges.
 */
function isResult({ status, headers }: Response): boolean {
  const isAnswer = headers.has("upstream-status") || headers.get("accept-ranges") === "bytes";
  return status === 200 || isAnswer;
}
