import { formatDuration } from "../../base/duration.ts";
import { maxWait } from "../../core/limits.ts";
import type { Call, Connection } from "../connection.ts";
import { isFinished, type Operation } from "../operation.ts";
import { durationOption } from "../options.ts";
import { RequestError } from "../request-error.ts";
import { WaitTimeoutError, waitFor } from "../watching/wait-for.ts";
import type { SendOptions } from "./create-options.ts";
import { type CreateRequest, keyOption } from "./create-request.ts";

/**
 * make sends a create, retries it on errors that may pass, and returns the operation: at once or, with `wait`, when it
 * has ended or that time is up. A wait of more than 55 seconds takes several requests.
 *
 * @param tries how many times to send the request at most
 */
export function make(
  connection: Connection,
  request: CreateRequest,
  sending: SendOptions,
  tries: number,
): Promise<Operation> {
  return makeAt(connection, "/operations", request, sending, tries);
}

/**
 * makeAt is make for other requests that create an operation.
 *
 * @param at the path to send it to
 */
export async function makeAt(
  connection: Connection,
  at: string,
  body: unknown,
  { idempotencyKey, wait, signal }: SendOptions,
  tries: number,
): Promise<Operation> {
  const length = wait === undefined ? 0 : durationOption("wait", wait);
  const until = Date.now() + length;
  const held = Math.min(length, maxWait);
  const query = length === 0 ? "" : `?sync=true&timeout=${formatDuration(held)}`;
  const made = await send(connection, {
    method: "POST",
    path: `${at}${query}`,
    headers: { "idempotency-key": keyOption(idempotencyKey) },
    body,
    timeout: 30_000 + held,
    tries,
    signal,
  });
  const left = until - Date.now();
  if (isFinished(made) || left <= 0) return made;
  try {
    return await waitFor(connection, made.id, { timeout: formatDuration(left), signal });
  } catch (thrown) {
    signal?.throwIfAborted();
    // The operation exists, even if the wait failed.
    return (thrown instanceof WaitTimeoutError && thrown.operation) || made;
  }
}

async function send(connection: Connection, call: Call): Promise<Operation> {
  try {
    return await connection.call<Operation>(call);
  } catch (thrown) {
    // The service responds with this error if the operation ended in time without a result.
    const operation = thrown instanceof RequestError ? thrown.operation : undefined;
    if (!operation) throw thrown;
    return operation;
  }
}
