import { joined } from "../../base/bytes.ts";

/** rowSize is how much of an output one row holds at most, in bytes. */
const rowSize = 64 * 1024;

/**
 * filled is up to what size, in bytes, a row is rewritten to append to it. Rewriting costs as much as writing another
 * row, but leaves one row fewer to read and delete.
 */
const filled = 16 * 1024;

/** pageSize is roughly how many bytes one page of an output has; it has at least one row. */
const pageSize = 256 * 1024;

interface Tail extends Record<string, SqlStorageValue> {
  offset: number;
  attempt: number;
  size: number;
}

/** OutputStore stores what work writes while it runs, by operation and offset. */
export class OutputStore {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** size returns the size of an output, in bytes. */
  size(id: string): number {
    const tail = this.#tail(id);
    return tail ? tail.offset + tail.size : 0;
  }

  /** append stores what an attempt has just written: one row for each 64 KiB. */
  append(id: string, attempt: number, bytes: Uint8Array<ArrayBuffer>): void {
    const tail = this.#tail(id);
    let offset = tail ? tail.offset + tail.size : 0;
    if (tail && tail.attempt === attempt && tail.size + bytes.length <= filled) {
      const { body } = this.#sql
        .exec<{ body: ArrayBuffer }>(
          "SELECT body FROM output WHERE id = ? AND offset = ?",
          id,
          tail.offset,
        )
        .one();
      this.#rewrite(id, tail.offset, joined([new Uint8Array(body), bytes]));
      return;
    }
    for (let at = 0; at < bytes.length; at += rowSize) {
      const body = bytes.slice(at, at + rowSize);
      this.#sql.exec(
        "INSERT INTO output (id, offset, attempt, body) VALUES (?, ?, ?, ?)",
        id,
        offset,
        attempt,
        body.buffer,
      );
      offset += body.length;
    }
  }

  /** cut removes everything from an offset on. */
  cut(id: string, offset: number): void {
    this.#sql.exec("DELETE FROM output WHERE id = ? AND offset >= ?", id, offset);
    const tail = this.#tail(id);
    if (!tail || tail.offset + tail.size <= offset) return;
    const kept = this.#page(id, tail.offset, 1).slice(0, offset - tail.offset);
    this.#rewrite(id, tail.offset, kept);
  }

  /**
   * changedFrom returns the offset from which an output, read up to some offset during an earlier attempt, has changed
   * since, if it has.
   */
  changedFrom(id: string, attempt: number, offset: number): number | undefined {
    const { first } = this.#sql
      .exec<{ first: number | null }>(
        "SELECT min(offset) AS first FROM output WHERE id = ? AND offset < ? AND attempt > ?",
        id,
        offset,
        attempt,
      )
      .one();
    return first ?? undefined;
  }

  /** page returns the output from an offset on, if the offset is within the output, or else from its beginning. */
  page(id: string, offset: number): Uint8Array<ArrayBuffer> {
    const { first } = this.#sql
      .exec<{ first: number | null }>(
        "SELECT max(offset) AS first FROM output WHERE id = ? AND offset <= ?",
        id,
        offset,
      )
      .one();
    const start = first ?? 0;
    return this.#page(id, start, pageSize).subarray(offset - start);
  }

  /** remove deletes the output of an operation. */
  remove(id: string): void {
    this.#sql.exec("DELETE FROM output WHERE id = ?", id);
  }

  #page(id: string, start: number, atLeast: number): Uint8Array<ArrayBuffer> {
    const parts: Uint8Array<ArrayBuffer>[] = [];
    let size = 0;
    const rows = this.#sql.exec<{ body: ArrayBuffer }>(
      "SELECT body FROM output WHERE id = ? AND offset >= ? ORDER BY offset",
      id,
      start,
    );
    for (const { body } of rows) {
      parts.push(new Uint8Array(body));
      size += body.byteLength;
      if (size >= atLeast) break;
    }
    return joined(parts);
  }

  #rewrite(id: string, offset: number, body: Uint8Array<ArrayBuffer>): void {
    this.#sql.exec(
      "UPDATE output SET body = ? WHERE id = ? AND offset = ?",
      body.buffer,
      id,
      offset,
    );
  }

  #tail(id: string): Tail | undefined {
    return this.#sql
      .exec<Tail>(
        `SELECT offset, attempt, length(body) AS size FROM output WHERE id = ?
         ORDER BY offset DESC LIMIT 1`,
        id,
      )
      .toArray()[0];
  }
}
