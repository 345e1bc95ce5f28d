import { isIdempotencyKey, wantedKey } from "../../core/idempotency-key.ts";

/** CreateRequest is the body of a create. Durations are Go-style text: `300ms`, `1m30s`, `24h`. */
export interface CreateRequest {
  /** The kind of operation; OperationsClient.kinds lists them. */
  readonly kind: string;
  /**
   * JSON that fits the kind's `inputSchema`. For a number that a double cannot represent, use a JsonText:
   * `{ id: new JsonText("9007199254740993") }`, or one JsonText for all of it.
   */
  readonly input?: unknown;
  /** At most 32 labels, with values of at most 256 characters. */
  readonly labels?: Readonly<Record<string, string>> | undefined;
  /** At most 16,384 characters of JSON. */
  readonly metadata?: Readonly<Record<string, unknown>> | undefined;
  /** How long the operation is kept after it has finished. Default: the kind's, or the service's (24h unless configured). */
  readonly ttl?: string | undefined;
  /** How long the work may take. Default: the kind's, or the service's (15m unless configured). */
  readonly deadline?: string | undefined;
  /**
   * How long its named sleeps and questions may take in total. Default: the kind's, or a week. Only for kinds in
   * code.
   */
  readonly waitDeadline?: string | undefined;
  /** How long to wait before the first attempt. */
  readonly startAfter?: string | undefined;
  /** When the first attempt may start, as an alternative to `startAfter`: RFC 3339, such as `new Date(…).toISOString()`. */
  readonly startAt?: string | undefined;
  /** From 0 (first) to 9 among operations of its kind. Default: the kind's, or 5. */
  readonly priority?: number | undefined;
  /** The retry policy. Default: the kind's, which is usually one attempt. */
  readonly retry?: RetryRequest | undefined;
  /** An https URL to notify when the operation ends. */
  readonly webhook?: string | { readonly url: string } | undefined;
}

/** RetryRequest is a retry policy. */
export interface RetryRequest {
  /** From 1 to 100; 3 by default. 0 means no limit, until the deadline; intervals must then be at least `1s`. */
  readonly maxAttempts?: number | undefined;
  /** `1s` by default. */
  readonly initialInterval?: string | undefined;
  /** From 1 to 100, 2 by default. */
  readonly backoffCoefficient?: number | undefined;
  /** `1m` by default. */
  readonly maximumInterval?: string | undefined;
}

/**
 * keyOption returns the idempotency key of a create: the given one, or else a random one.
 *
 * @throws RangeError unless it has 1 to 255 printable ASCII characters
 */
export function keyOption(key: string | undefined): string {
  if (key === undefined) return randomKey();
  if (isIdempotencyKey(key)) return key;
  throw new RangeError(`Invalid idempotency key ${JSON.stringify(key)}: ${wantedKey}`);
}

/** Not randomUUID: browsers have it only on https and localhost. */
function randomKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
