import { maxInlineResult } from "../../core/limits.ts";
import { decodeSnapshot, type Snapshot } from "../../core/reply.ts";
import { inRow, shownPart } from "./chunks.ts";

/** Row is what is read of one operation from the table: its JSON result only if inline. */
export interface Row extends Record<string, SqlStorageValue> {
  doc: string;
  result: string | null;
}

/** inChunks is the SQL of whether a result may be one that the monitor shows from chunks. */
export const inChunks = `(result IS NULL AND status = 'succeeded' AND json_valid(doc)
  AND doc ->> '$.result.size' BETWEEN ${inRow} AND ${3 * maxInlineResult})`;

/**
 * resultColumn reads the result of a Row if the monitor shows it: from the row, where text means that it is shown, or
 * from chunks. The size avoids looking for results that are not shown.
 */
export const resultColumn = `CASE
  WHEN typeof(result) = 'text' THEN result
  WHEN ${inChunks} THEN (SELECT CAST(body AS TEXT) FROM chunks
    WHERE chunks.id = operations.id AND field = 'result' AND part = ${shownPart})
  END`;

/** columns reads a Row. */
export const columns = `doc, ${resultColumn} AS result`;

/** terminal is the SQL of isTerminal. */
export const terminal = "status IN ('succeeded', 'failed', 'canceled')";

/**
 * expired is the SQL of isExpired; one binding, the time now in milliseconds. The time is compared first: SQLite builds
 * the list of states for each statement that looks at it, and most rows have not reached their time.
 */
export const expired = `(wake_at <= ? AND ${terminal})`;

/** unexpired is the SQL of what can be read; bound as expired is. */
export const unexpired = `NOT ${expired}`;

/** jsonOf parses stored JSON, and returns undefined if it is damaged. */
export function jsonOf<T>(text: string): T | undefined {
  try {
    return JSON.parse(text) as T;
  } catch {
    return undefined;
  }
}

/** snapshotOf reads a Row. */
export function snapshotOf({ doc, result }: Row): Snapshot {
  return decodeSnapshot(doc, result);
}

/** overhead is how many bytes an operation takes in a message besides its texts. */
const overhead = 512;

/** bytesOf returns how many bytes the texts of a Row take in a message at most: two for each character. */
export function bytesOf(doc: string, result: string | null): number {
  return 2 * (doc.length + (result?.length ?? 0)) + overhead;
}
