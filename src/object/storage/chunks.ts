import type { Payload } from "../../core/reply.ts";

/**
 * inRow is the largest payload, in bytes, that is stored in the operation's own row. SQLite reads a whole row for each
 * comparison on the way to another, so large rows slow everything down. At 8 KiB a row of chunks costs about what it
 * saves; a lower limit would cost more.
 */
export const inRow = 8 * 1024;

/**
 * chunk is how many bytes of a larger payload one row of chunks has: enough for any text shown in the monitor, and no
 * more than a comparison should read.
 */
const chunk = 256 * 1024;

/** shownPart is the number of the only part of a result that is shown in the monitor. */
export const shownPart = -1;

/** Chunks stores payloads that are too large for the operation's row. */
export class Chunks {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /**
   * split returns the column of the operation's row: the payload, or null once its parts are written.
   *
   * @param isShown whether it is a result that the monitor shows, which fits one chunk
   */
  split(id: string, field: "input" | "result", payload: Payload, isShown = false): Payload | null {
    // A character is at most three bytes of UTF-8.
    if (typeof payload === "string" && payload.length * 3 <= inRow) return payload;
    const bytes = bytesOf(payload);
    if (bytes.byteLength <= inRow) return payload;
    const first = isShown ? shownPart : 0;
    for (let part = 0; part * chunk < bytes.byteLength; part++) {
      this.#sql.exec(
        "INSERT OR REPLACE INTO chunks (id, field, part, body) VALUES (?, ?, ?, ?)",
        id,
        field,
        first + part,
        // A view; a slice would be a copy.
        new Uint8Array(bytes).subarray(part * chunk, (part + 1) * chunk),
      );
    }
    return null;
  }

  /** join returns a payload, or undefined if it has no parts. */
  join(id: string, field: "input" | "result"): ArrayBuffer | undefined {
    const parts = this.#sql
      .exec<{ body: ArrayBuffer }>(
        "SELECT body FROM chunks WHERE id = ? AND field = ? ORDER BY part",
        id,
        field,
      )
      .toArray();
    if (parts.length === 0) return undefined;
    const whole = new Uint8Array(parts.reduce((size, { body }) => size + body.byteLength, 0));
    let offset = 0;
    for (const { body } of parts) {
      whole.set(new Uint8Array(body), offset);
      offset += body.byteLength;
    }
    return whole.buffer;
  }

  /** part returns the bytes of a payload from `start` up to, not including, `end`, or undefined if it has no parts. */
  part(id: string, field: "input" | "result", start: number, end: number): ArrayBuffer | undefined {
    // SQLite knows the size of a value without reading it.
    const parts = this.#sql
      .exec<{ part: number; size: number }>(
        "SELECT part, length(body) AS size FROM chunks WHERE id = ? AND field = ? ORDER BY part",
        id,
        field,
      )
      .toArray();
    if (parts.length === 0) return undefined;
    const found = new Uint8Array(end - start);
    let offset = 0;
    for (const { part, size } of parts) {
      const [from, to] = [Math.max(start, offset), Math.min(end, offset + size)];
      if (from < to) {
        const { body } = this.#sql
          .exec<{ body: ArrayBuffer }>(
            "SELECT substr(body, ?, ?) AS body FROM chunks WHERE id = ? AND field = ? AND part = ?",
            from - offset + 1,
            to - from,
            id,
            field,
            part,
          )
          .one();
        found.set(new Uint8Array(body), from - start);
      }
      offset += size;
    }
    return found.buffer;
  }

  remove(id: string): void {
    this.#sql.exec("DELETE FROM chunks WHERE id = ?", id);
  }
}

/** bytesOf returns a payload as bytes; text is UTF-8. */
export function bytesOf(payload: Payload): ArrayBuffer {
  return typeof payload === "string"
    ? (new TextEncoder().encode(payload).buffer as ArrayBuffer)
    : payload;
}
