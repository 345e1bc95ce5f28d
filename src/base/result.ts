/**
 * Result is a value, or why there is none. Errors that a caller has to know about are returned; exceptions are bugs, or
 * are for a caller's own code to catch.
 *
 * A check without a value returns the failure alone, or undefined. Between a Worker and an object, which may run
 * different versions of the code, a Result is sent as a `Reply` (core/reply.ts).
 */
export type Result<T, F> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly failure: F };

/** ok returns a Result with a value. */
export function ok<T>(value: T): { readonly ok: true; readonly value: T } {
  return { ok: true, value };
}

/** failed returns a Result with a failure. */
export function failed<F>(failure: F): { readonly ok: false; readonly failure: F } {
  return { ok: false, failure };
}
