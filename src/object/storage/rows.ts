import { readStored } from "../../base/json.ts";
import { maxInlineResult } from "../../core/limits.ts";
import { isTerminal, type Operation } from "../../core/operation/operation.ts";
import type { Snapshot } from "../../core/reply.ts";
import { inRow, shownPart } from "./chunks.ts";

/** Row is what a read of one operation takes from the table: its JSON result only if inline. */
export interface Row extends Record<string, SqlStorageValue> {
  doc: string;
  result: string | null;
}

/**
 * resultColumn reads the result of a Row where it is shown in the monitor, from the row, if that
 * is what text means, or from chunks. The size keeps what is not shown from being looked for.
 */
export const resultColumn = `CASE
  WHEN typeof(result) = 'text' THEN result
  WHEN result IS NULL AND status = 'succeeded' AND json_valid(doc)
    AND doc ->> '$.result.size' BETWEEN ${inRow} AND ${3 * maxInlineResult}
  THEN (SELECT CAST(body AS TEXT) FROM chunks
    WHERE chunks.id = operations.id AND field = 'result' AND part = ${shownPart})
  END`;

/** columns reads a Row. */
export const columns = `doc, ${resultColumn} AS result`;

/** terminal is the SQL of isTerminal. */
export const terminal = "status IN ('succeeded', 'failed', 'canceled')";

/** expired is the SQL of isExpired; one binding, the time now in milliseconds. */
export const expired = `(${terminal} AND wake_at <= ?)`;

/** unexpired is the SQL of what can be read; bound as expired is. */
export const unexpired = `NOT ${expired}`;

/** jsonOf reads what is stored as JSON, and returns undefined if that has been damaged. */
export function jsonOf<T>(text: string): T | undefined {
  try {
    return JSON.parse(text) as T;
  } catch {
    return undefined;
  }
}

/** snapshotOf reads a Row. */
export function snapshotOf(row: Row): Snapshot {
  const op = readStored<Operation>(row.doc);
  return row.result !== null && isTerminal(op) ? { op, result: row.result } : { op };
}

/** overhead is what an operation takes in a message besides its texts, in bytes. */
const overhead = 512;

/** bytesOf returns what a Row takes in a message at the most, in bytes: two for each character. */
export function bytesOf({ doc, result }: Row): number {
  return 2 * (doc.length + (result?.length ?? 0)) + overhead;
}
