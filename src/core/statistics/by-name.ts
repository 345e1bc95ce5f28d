/**
 * ByName is a value for each name, with a limited number of names: the first ones in text order. All others are added
 * up under `(other)`. A name that is kept in the end was kept all along, so its value is complete, in whatever order
 * values were added.
 */
export type ByName<T> = Readonly<Record<string, T>>;

/** others is the name for all names beyond the limit; no kind and no route pattern is called that. */
export const others = "(other)";

/** Sum says how values of one name are added, and how many names there may be. */
export interface Sum<T> {
  readonly most: number;
  readonly add: (a: T, b: T) => T;
}

/** at returns the value of a name, which may be `constructor`. */
export function at<T>(by: ByName<T>, name: string): T | undefined {
  return Object.hasOwn(by, name) ? by[name] : undefined;
}

/** plus returns the sum of both. */
export function plus<T>(a: ByName<T>, b: ByName<T>, { most, add }: Sum<T>): ByName<T> {
  const sums = new Map(Object.entries(a));
  for (const [name, value] of Object.entries(b)) put(sums, name, value, add);
  return folded(Object.fromEntries(sums), keptOf([...sums.keys()], most), add);
}

/** columns converts rows to a column for each name, with an entry for each row. */
export function columns<T>(
  rows: readonly ByName<T>[],
  { most, add }: Sum<T>,
): ByName<readonly (T | undefined)[]> {
  const kept = keptOf([...new Set(rows.flatMap((row) => Object.keys(row)))], most);
  const narrow = rows.map((row) => folded(row, kept, add));
  const names = [...new Set(narrow.flatMap((row) => Object.keys(row)))].sort();
  return Object.fromEntries(names.map((name) => [name, narrow.map((row) => at(row, name))]));
}

/** The names that are kept, or undefined if all are. */
function keptOf(names: string[], most: number): ReadonlySet<string> | undefined {
  const own = names.filter((name) => name !== others);
  return own.length > most ? new Set(own.sort().slice(0, most)) : undefined;
}

function folded<T>(
  by: ByName<T>,
  kept: ReadonlySet<string> | undefined,
  add: (a: T, b: T) => T,
): ByName<T> {
  if (!kept) return by;
  const sums = new Map<string, T>();
  for (const [name, value] of Object.entries(by)) {
    put(sums, kept.has(name) ? name : others, value, add);
  }
  return Object.fromEntries(sums);
}

function put<T>(sums: Map<string, T>, name: string, value: T, add: (a: T, b: T) => T): void {
  const before = sums.get(name);
  sums.set(name, before === undefined ? value : add(before, value));
}
