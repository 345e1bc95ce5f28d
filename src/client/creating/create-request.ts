import { isIdempotencyKey, wantedKey } from "../../core/idempotency-key.ts";

/** CreateRequest says what is to be done. Durations are Go-style text: `300ms`, `1m30s`, `24h`. */
export interface CreateRequest {
  /** What does the work; OperationsClient.kinds lists them. */
  readonly kind: string;
  /**
   * JSON that fits the kind's `inputSchema`. Where a double does not hold a number, a JsonText does:
   * `{ id: new JsonText("9007199254740993") }`, or the whole as one text.
   */
  readonly input?: unknown;
  /** At most 32. Values have at most 256 characters. */
  readonly labels?: Readonly<Record<string, string>> | undefined;
  /** At most 16,384 characters of JSON. */
  readonly metadata?: Readonly<Record<string, unknown>> | undefined;
  /** How long it is kept once it has finished: 24h where the service is not told otherwise. */
  readonly ttl?: string | undefined;
  /** How long it may take: 15m where the service is not told otherwise. */
  readonly deadline?: string | undefined;
  /**
   * How long its sleeps and questions with a name may take together, in the place of the kind's own: a
   * week where neither says. Of kinds in code.
   */
  readonly waitDeadline?: string | undefined;
  /** How long it waits before its first attempt. */
  readonly startAfter?: string | undefined;
  /** When its first attempt may start, in the place of `startAfter`: RFC 3339, such as `new Date(…).toISOString()`. */
  readonly startAt?: string | undefined;
  /** From 0, first, to 9: which of its kind is started or claimed first. 5 if neither it nor its kind says. */
  readonly priority?: number | undefined;
  /** Where it is not given the kind's own holds; mostly that is one attempt. */
  readonly retry?: RetryRequest | undefined;
  /** An https URL that is told of the end. */
  readonly webhook?: string | { readonly url: string } | undefined;
}

/** RetryRequest says how often work is tried, and how long is waited between. */
export interface RetryRequest {
  /** From 1 to 100, 3 by default; 0 is without limit, up to the deadline, with waits of `1s` and more. */
  readonly maxAttempts?: number | undefined;
  /** `1s` by default. */
  readonly initialInterval?: string | undefined;
  /** From 1 to 100, 2 by default. */
  readonly backoffCoefficient?: number | undefined;
  /** `1m` by default. */
  readonly maximumInterval?: string | undefined;
}

/**
 * keyOption is the idempotency key of a create: the one given, or else a random one.
 *
 * @throws RangeError for what can be no key: it has 1 to 255 printable ASCII characters
 */
export function keyOption(key: string | undefined): string {
  if (key === undefined) return randomKey();
  if (isIdempotencyKey(key)) return key;
  throw new RangeError(`Invalid idempotency key ${JSON.stringify(key)}: ${wantedKey}`);
}

/** Not randomUUID: browsers have it on https and localhost alone. */
function randomKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
