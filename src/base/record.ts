/**
 * emptyRecord returns an object without a prototype, to fill with names that somebody else chooses: `constructor`
 * is in it once it has been put there, and `__proto__` is a name like any other.
 */
export function emptyRecord<T>(): Record<string, T> {
  return Object.create(null);
}
