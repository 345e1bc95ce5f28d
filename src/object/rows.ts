import { isTerminal, type Operation } from "../core/operation.ts";
import type { Snapshot } from "../core/reply.ts";

/** Row is what a read of one operation takes from the table: its JSON result only where inline. */
export interface Row extends Record<string, SqlStorageValue> {
  doc: string;
  result: string | null;
}

/** columns reads a Row; a result that is text is JSON and small, by put's own doing. */
export const columns = "doc, CASE typeof(result) WHEN 'text' THEN result END AS result";

/** terminal is the SQL of isTerminal. */
export const terminal = "status IN ('succeeded', 'failed', 'canceled')";

/** jsonOf reads what is stored as JSON, and answers undefined where that has been damaged. */
export function jsonOf<T>(text: string): T | undefined {
  try {
    return JSON.parse(text) as T;
  } catch {
    return undefined;
  }
}

/** snapshotOf reads a Row. */
export function snapshotOf(row: Row): Snapshot {
  const op = JSON.parse(row.doc) as Operation;
  return row.result !== null && isTerminal(op) ? { op, result: row.result } : { op };
}
