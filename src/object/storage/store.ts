import { maxInlineResult } from "../../core/limits.ts";
import type { Idempotency, Operation } from "../../core/operation/operation.ts";
import type { Encoded, ListQuery, Payload, Snapshot, StoredPage } from "../../core/reply.ts";
import { Changes } from "./changes.ts";
import { bytesOf, Chunks } from "./chunks.ts";
import type { Expiry } from "./expiries.ts";
import { readJointPages } from "./joint-pages.ts";
import { readPage } from "./list.ts";
import { MapSql } from "./map-sql.ts";
import { columns, expired, type Row, snapshotOf, terminal, unexpired } from "./rows.ts";
import { type FrontColumns, type Standing, standingOf, unmarked, wakeColumn } from "./standing.ts";
import { StepStore } from "./step-store.ts";

/** Store is the map of operations in SQLite; migrations.ts documents the schema. */
export class Store {
  /** changes is the order in which operations last changed. */
  readonly changes: Changes;
  readonly steps: StepStore;
  readonly #sql: SqlStorage;
  readonly #chunks: Chunks;
  #count: number | undefined;

  constructor(sql: SqlStorage) {
    this.#sql = MapSql.over(sql);
    this.#chunks = new Chunks(this.#sql);
    this.changes = new Changes(this.#sql);
    this.steps = new StepStore(this.#sql);
  }

  /** insert adds an operation and its input: one row, two with an idempotency key. */
  insert(op: Operation, input: string): void {
    const row = this.#chunks.split(op.id, "input", input);
    const stamp = this.changes.next(op.updatedAt, op.id);
    this.#sql.exec(
      "INSERT INTO operations (id, status, kind, wake_at, doc, input, changed) VALUES (?, ?, ?, ?, ?, ?, ?)",
      op.id,
      op.status,
      op.kind,
      wakeColumn(op, stamp),
      JSON.stringify(op),
      row,
      stamp,
    );
    this.#added(op);
  }

  /** insertMoved adds an operation from another deployment: one row, two with an idempotency key. */
  insertMoved(op: Operation, input: string | null, result: Payload | null, now: number): void {
    // Older code stores more in the row.
    this.#sql.exec(
      `INSERT INTO operations (id, status, kind, wake_at, doc, input, result, changed)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
      op.id,
      op.status,
      op.kind,
      wakeColumn(op),
      JSON.stringify(op),
      input && this.#chunks.split(op.id, "input", input),
      result && this.#chunks.split(op.id, "result", result, typeof result === "string"),
      this.changes.next(now, op.id),
    );
    this.#added(op);
  }

  /** row returns the row of an operation that exists and has not expired. */
  row(
    id: string,
    now: number,
  ):
    | { readonly doc: string; readonly input: string | null; readonly result: Payload | null }
    | undefined {
    return this.#sql
      .exec<{ doc: string; input: string | null; result: Payload | null }>(
        `SELECT doc, input, result FROM operations WHERE id = ? AND ${unexpired}`,
        id,
        now,
      )
      .toArray()[0];
  }

  /**
   * put stores a changed operation, and its result when it has just succeeded: one row. It returns what readers see
   * from now on.
   */
  put(op: Operation, result?: Payload): Snapshot {
    const doc = JSON.stringify(op);
    const changed = this.changes.next(op.updatedAt, op.id);
    if (result === undefined) {
      this.#sql.exec(
        "UPDATE operations SET status = ?, wake_at = ?, doc = ?, changed = ? WHERE id = ?",
        op.status,
        wakeColumn(op),
        doc,
        changed,
        op.id,
      );
      return { op };
    }
    const isInline = typeof result === "string" && result.length <= maxInlineResult;
    // Results that are not shown are bytes, since text in the row is shown.
    const payload = isInline ? result : bytesOf(result);
    const row = this.#chunks.split(op.id, "result", payload, isInline);
    this.#sql.exec(
      "UPDATE operations SET status = ?, wake_at = ?, doc = ?, changed = ?, result = ? WHERE id = ?",
      op.status,
      wakeColumn(op),
      doc,
      changed,
      row,
      op.id,
    );
    return isInline ? { op, result } : { op };
  }

  /** get returns an operation that exists and has not expired. */
  get(id: string, now: number): Snapshot | undefined {
    const row = this.#row(id, now);
    return row && snapshotOf(row);
  }

  /** encoded returns the same without parsing what is already JSON. */
  encoded(id: string, now: number): Encoded<Snapshot> | undefined {
    const row = this.#row(id, now);
    if (!row) return undefined;
    const result = row.result === null ? "" : `,"result":${JSON.stringify(row.result)}`;
    return `{"op":${row.doc}${result}}`;
  }

  input(id: string): string | undefined {
    const payload = this.#payload(id, "input");
    return typeof payload === "object" ? new TextDecoder().decode(payload) : payload;
  }

  result(id: string): Payload | undefined {
    return this.#payload(id, "result");
  }

  /** resultPart returns the bytes of a result from `start` up to, not including, `end`, and reads no others. */
  resultPart(id: string, start: number, end: number): ArrayBuffer | undefined {
    const row = this.#sql
      .exec<{ part: ArrayBuffer | null }>(
        "SELECT substr(CAST(result AS BLOB), ?, ?) AS part FROM operations WHERE id = ?",
        start + 1,
        end - start,
        id,
      )
      .toArray()[0];
    return row && (row.part ?? this.#chunks.part(id, "result", start, end));
  }

  /** byKey returns the operation that an idempotency key created, while it exists. */
  byKey(key: string, now: number): Snapshot | undefined {
    const row = this.#sql
      .exec<{ id: string }>("SELECT id FROM idempotency WHERE key = ?", key)
      .toArray()[0];
    return row && this.get(row.id, now);
  }

  /** page returns one page of a list. */
  page(query: ListQuery, now: number): StoredPage {
    return readPage(this.#sql, query, now);
  }

  /** jointPages returns many pages that can be read at once; see readJointPages. */
  jointPages(
    queries: readonly ListQuery[],
    at: { readonly now: number; readonly mostText: number },
  ): (StoredPage | undefined)[] {
    return readJointPages(this.#sql, queries, at);
  }

  /** remove deletes an operation and everything that belongs to it in the map; see Removal. */
  remove(id: string, idempotency: Idempotency | undefined): void {
    const removed = this.#sql
      .exec<{ isSplit: number }>(
        "DELETE FROM operations WHERE id = ? RETURNING input IS NULL OR result IS NULL AS isSplit",
        id,
      )
      .toArray();
    if (this.#count !== undefined) this.#count -= removed.length;
    if (removed.some(({ isSplit }) => isSplit)) this.#chunks.remove(id);
    this.steps.remove(id);
    // A key that has created another operation since stays with that one.
    if (idempotency) {
      const { key } = idempotency;
      this.#sql.exec("DELETE FROM idempotency WHERE key = ? AND id = ?", key, id);
    }
  }

  /**
   * count is how many operations there are, expired or not. Its first use counts the whole map; a transaction that is
   * rolled back later can leave it off by what it created or removed.
   */
  count(): number {
    this.#count ??= this.#sql
      .exec<{ count: number }>("SELECT count(*) AS count FROM operations")
      .one().count;
    return this.#count;
  }

  /** recount makes the next use of count count again. */
  recount(): void {
    this.#count = undefined;
  }

  /** last returns the greatest id in the map. */
  last(): string | undefined {
    return this.#sql
      .exec<{ id: string }>("SELECT id FROM operations ORDER BY id DESC LIMIT 1")
      .toArray()[0]?.id;
  }

  /**
   * unfinished iterates over the operations that are not terminal. It reads the front columns of the whole map, and
   * documents only where code without marks wrote the row last, and for the upstream's name of some kinds.
   *
   * @param limited the kinds whose operations may be limited by their upstreams
   */
  *unfinished(limited: readonly string[]): Iterable<Standing> {
    const older = this.#sql.exec<{ doc: string }>(
      `SELECT doc FROM operations WHERE ${unmarked} AND NOT ${terminal}`,
    );
    for (const { doc } of older) yield* readable(doc);
    const isLimited = `kind IN (${limited.map(() => "?").join(", ")}) AND json_valid(doc)`;
    const rows = this.#sql.exec(
      `SELECT id, status, kind, wake_at, CASE WHEN ${isLimited} THEN doc ->> '$.upstream.name' END
       FROM operations WHERE NOT ${unmarked}`,
      ...limited,
    );
    for (const row of rows.raw<FrontColumns>()) yield standingOf(row);
  }

  /** soonestExpiries returns up to `limit` finished operations, those that expire first. */
  soonestExpiries(limit: number): Iterable<Expiry> {
    return this.#sql
      .exec(
        `SELECT id, wake_at FROM operations WHERE ${terminal} ORDER BY wake_at LIMIT ? + 0`,
        limit,
      )
      .raw<[string, number]>();
  }

  /**
   * removeExpired deletes those of some operations that have expired, and returns what it could read of them. It reads
   * no others.
   */
  removeExpired(ids: readonly string[], now: number): readonly Operation[] {
    return ids.flatMap((id) => {
      const row = this.#sql
        .exec<{ doc: string }>(`SELECT doc FROM operations WHERE id = ? AND ${expired}`, id, now)
        .toArray()[0];
      const removed = row ? readable(row.doc) : [];
      if (row) this.remove(id, removed[0]?.idempotency);
      return removed;
    });
  }

  /** counts returns how many operations there are of each kind and status. It reads the whole map. */
  counts(now: number): { kind: string; status: string; count: number }[] {
    return this.#sql
      .exec<{ kind: string; status: string; count: number }>(
        `SELECT kind, status, count(*) AS count FROM operations
         WHERE ${unexpired} GROUP BY kind, status ORDER BY kind, status`,
        now,
      )
      .toArray();
  }

  #added({ id, idempotency }: Operation): void {
    if (this.#count !== undefined) this.#count += 1;
    if (!idempotency) return;
    this.#sql.exec(
      "INSERT OR REPLACE INTO idempotency (key, id) VALUES (?, ?)",
      idempotency.key,
      id,
    );
  }

  #row(id: string, now: number): Row | undefined {
    return this.#sql
      .exec<Row>(`SELECT ${columns} FROM operations WHERE id = ? AND ${unexpired}`, id, now)
      .toArray()[0];
  }

  #payload(id: string, field: "input" | "result"): Payload | undefined {
    const row = this.#sql
      .exec<{ body: string | ArrayBuffer | null }>(
        `SELECT ${field} AS body FROM operations WHERE id = ?`,
        id,
      )
      .toArray()[0];
    return row && (row.body ?? this.#chunks.join(id, field));
  }
}

/** A damaged row must not keep the others from being handled. */
function readable(doc: string): Operation[] {
  try {
    return [JSON.parse(doc) as Operation];
  } catch {
    return [];
  }
}
