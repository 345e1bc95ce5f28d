import type { AskedFor } from "../../../core/fingerprint.ts";
import { isTerminal } from "../../../core/operation/operation.ts";
import type { Created, Reply } from "../../../core/reply.ts";
import type { Asked } from "../../../edge/exchange.ts";
import { idempotencyKey } from "../../../edge/reading/idempotency.ts";
import { appliedHeaders, type WaitPreference } from "../../../edge/reading/wait-preference.ts";
import type { NewOperation } from "../../../map/new-operation.ts";
import { seen } from "./answers.ts";

/** Made is what a create led to, and what its answer says of it. */
export interface Made {
  readonly error?: never;
  readonly reply: Created;
  /** The same, as far as the caller may see it. */
  readonly shown: Created;
  /** Whether the caller waited, and it has ended. */
  readonly isDone: boolean;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * make creates an operation for a request, once for its Idempotency-Key, and waits for its end where
 * the request prefers that.
 *
 * @param asked what tells the request from others with its key
 */
export async function make(
  exchange: Asked,
  operation: NewOperation,
  asked: AskedFor,
  preference: WaitPreference | undefined,
): Promise<Made | Exclude<Reply<Created>, Created>> {
  const { request, map } = exchange;
  const key = idempotencyKey(request.headers);
  if (typeof key === "object") return { error: key };
  const milliseconds = preference?.milliseconds ?? 0;
  const once = key === undefined ? undefined : { key, asked };
  const reply = await map.create(operation, once, { milliseconds, signal: request.signal });
  if (reply.error) return { error: reply.error };
  const isDone = isTerminal(reply.op) && milliseconds > 0;
  const headers = {
    ...appliedHeaders(request.headers, preference, isDone),
    ...(reply.replayed && { "idempotency-replayed": "true" }),
  };
  return { reply, shown: reply.replayed ? seen(exchange, reply) : reply, isDone, headers };
}
