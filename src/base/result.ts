/**
 * Result is a value, or why there is none. What can go wrong for a reason that a caller has to know is
 * returned as one; what is thrown is a bug, or is for a caller's own code to catch.
 *
 * A check that has no value to give returns the failure alone, or undefined. Between a Worker and an
 * object, where code of two versions meets, a Result is written as a `Reply` (core/reply.ts).
 */
export type Result<T, F> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly failure: F };

/** ok returns the Result that has a value. */
export function ok<T>(value: T): { readonly ok: true; readonly value: T } {
  return { ok: true, value };
}

/** failed returns the Result that has none. */
export function failed<F>(failure: F): { readonly ok: false; readonly failure: F } {
  return { ok: false, failure };
}
