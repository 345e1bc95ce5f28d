/**
 * emptyRecord returns an object without a prototype, for names that others choose: it has a member `constructor` only
 * if one is added, and `__proto__` is a name like any other.
 */
export function emptyRecord<T>(): Record<string, T> {
  return Object.create(null);
}
