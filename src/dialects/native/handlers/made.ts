import { failed, ok, type Result } from "../../../base/result.ts";
import type { Failure } from "../../../core/errors.ts";
import type { AskedFor } from "../../../core/fingerprint.ts";
import { isTerminal } from "../../../core/operation/operation.ts";
import type { Created, Reply } from "../../../core/reply.ts";
import type { Asked } from "../../../edge/exchange.ts";
import { problem } from "../../../edge/problem.ts";
import { readJson } from "../../../edge/reading/body.ts";
import { idempotencyKey } from "../../../edge/reading/idempotency.ts";
import {
  appliedHeaders,
  headerPreference,
  syncPreference,
  type WaitPreference,
} from "../../../edge/reading/wait-preference.ts";
import type { NewOperation, Once, Waiting } from "../../../map/creating/new-operation.ts";
import { decodeCreate } from "../create-request.ts";
import { accepted, finished, seen } from "./answers.ts";

/** Made is the outcome of a create, and what the response says of it. */
export interface Made {
  readonly reply: Created;
  /** The same, as far as the caller may see it. */
  readonly shown: Created;
  /** Whether the caller waited, and it has ended. */
  readonly isDone: boolean;
  readonly headers: Readonly<Record<string, string>>;
}

/** preferenceOf returns how long a request that creates an operation wants to wait for its end. */
export function preferenceOf({ url, request }: Asked): WaitPreference | undefined {
  return syncPreference(url) ?? headerPreference(request.headers);
}

/** answerMade responds to such a request. */
export function answerMade(exchange: Asked, made: Result<Made, Failure>): Response {
  if (!made.ok) return problem(exchange, made.failure);
  const { shown, isDone, headers } = made.value;
  return isDone ? finished(exchange, shown, headers) : accepted(exchange, shown, headers);
}

/** make is makeBy for an operation that is created as requested. */
export function make(
  exchange: Asked,
  operation: NewOperation,
  asked: AskedFor,
  preference: WaitPreference | undefined,
): Promise<Result<Made, Failure>> {
  return makeBy(exchange, asked, preference, {
    isOwn: true,
    create: (once, waiting) => exchange.map.create(operation, once, waiting),
  });
}

/** makeRequested is make for the body of a native create. */
export async function makeRequested(
  exchange: Asked,
  preference: WaitPreference | undefined,
): Promise<Result<Made, Failure>> {
  const { request, config } = exchange;
  const body = await readJson(request, config.maxBody);
  if (!body.ok) return body;
  const decoded = decodeCreate(body.value, config);
  if (!decoded.ok) return decoded;
  const asked = { former: body.value.value, meaning: body.value.exact };
  return make(exchange, decoded.value, asked, preference);
}

/** Making is how an operation is created. */
export interface Making {
  /** Whether its input came with the request: its creator may then see the outcome, even without the scope to read. */
  readonly isOwn: boolean;
  readonly create: (once: Once | undefined, waiting: Waiting) => Promise<Reply<Created>>;
}

/**
 * makeBy creates an operation for a request, once for its Idempotency-Key, and waits for its end if the request prefers
 * that.
 *
 * @param asked distinguishes the request from others with its key
 */
export async function makeBy(
  exchange: Asked,
  asked: AskedFor,
  preference: WaitPreference | undefined,
  { isOwn, create }: Making,
): Promise<Result<Made, Failure>> {
  const { request } = exchange;
  const key = idempotencyKey(request.headers);
  if (!key.ok) return key;
  const milliseconds = preference?.milliseconds ?? 0;
  const once = key.value === undefined ? undefined : { key: key.value, asked };
  const reply = await create(once, { milliseconds, signal: request.signal });
  if (reply.error) return failed(reply.error);
  const isDone = isTerminal(reply.op) && milliseconds > 0;
  const headers = {
    ...appliedHeaders(request.headers, preference, isDone),
    ...(reply.replayed && { "idempotency-replayed": "true" }),
  };
  const shown = isOwn && !reply.replayed ? reply : seen(exchange, reply);
  return ok({ reply, shown, isDone, headers });
}
