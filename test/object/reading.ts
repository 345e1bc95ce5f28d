import { runInDurableObject } from "cloudflare:test";
import { vi } from "vitest";
import type { operationsOf } from "./commands.ts";

/** Read is what statements have read: rows that SQLite looked at, and characters of text and bytes that came out. */
export interface Read {
  readonly rows: number;
  readonly size: number;
}

type Value = SqlStorageValue;
type Cursor = SqlStorageCursor<Record<string, Value>>;

/**
 * reading counts what an object reads from now on, of statements about the operations of its map.
 * It answers a function that tells, and starts again from nothing.
 */
export async function reading(stub: ReturnType<typeof operationsOf>): Promise<() => Promise<Read>> {
  let cursors: Cursor[] = [];
  let size = 0;
  const sizes = (values: readonly Value[]) => {
    for (const value of values) {
      if (typeof value === "string") size += value.length;
      else if (value instanceof ArrayBuffer) size += value.byteLength;
    }
  };
  const told = <T>(rows: Iterable<T>, valuesOf: (row: T) => readonly Value[]) =>
    (function* () {
      for (const row of rows) {
        sizes(valuesOf(row));
        yield row;
      }
    })();
  await runInDurableObject(stub, (_, { storage: { sql } }) => {
    const exec = sql.exec.bind(sql);
    vi.spyOn(sql, "exec").mockImplementation(((query: string, ...bindings: unknown[]) => {
      const cursor = exec(query, ...bindings);
      if (!/FROM (operations|chunks)/.test(query)) return cursor;
      cursors.push(cursor);
      const rows = () => told(cursor, Object.values);
      return {
        [Symbol.iterator]: rows,
        toArray: () => [...rows()],
        one: () => {
          const row = cursor.one();
          sizes(Object.values(row));
          return row;
        },
        raw: () => told(cursor.raw(), (row) => row),
        get rowsWritten() {
          return cursor.rowsWritten;
        },
      };
    }) as never);
  });
  return () =>
    runInDurableObject(stub, () => {
      const read = { rows: cursors.reduce((sum, { rowsRead }) => sum + rowsRead, 0), size };
      cursors = [];
      size = 0;
      return read;
    });
}
