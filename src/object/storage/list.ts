import { maxPageBytes } from "../../core/limits.ts";
import type { ListQuery, StoredPage } from "../../core/reply.ts";
import { labelled } from "./label-filter.ts";
import { bytesOf, columns, expired, type Row, resultColumn, unexpired } from "./rows.ts";

/**
 * maxRows is how many rows one page reads, so that no list holds up the map. The clock stands still during an event, so
 * rows are counted instead of measuring time.
 */
const maxRows = 10_000;

/** maxParsed is how many bytes of documents one page parses for their labels. */
export const maxParsed = 4 * 1024 * 1024;

/** perRow is what each document costs in addition to its length, in bytes of maxParsed. */
const perRow = 256;

/**
 * readPage returns one page in the order of IDs, as it is stored. A page that is not the last may be short, even empty:
 * it ends at `limit`, at the limit of rows read, or at the limit of bytes found. The first operation found is included
 * whatever its size.
 */
export function readPage(sql: SqlStorage, query: ListQuery, now: number): StoredPage {
  const { bytes: budget = maxPageBytes, limit } = query;
  const { rows, boundary } = isFiltered(query)
    ? matching(sql, query, now, { most: limit + 1 })
    : { rows: all(sql, query, now), boundary: undefined };
  const ids: string[] = [];
  const docs: string[] = [];
  const results: (string | null)[] = [];
  let bytes = 0;
  let skipped = 0;
  let looked = 0;
  let last = "";
  for (const row of rows) {
    const size = bytesOf(row);
    const isFull = ids.length === limit || (ids.length > 0 && bytes + size > budget);
    if ((isFull && row.doc !== "") || looked === maxRows) {
      return { ids, docs, results, coveredTo: last, bytes: bytes + skipped };
    }
    looked += 1;
    last = row.id;
    if (row.doc === "") {
      skipped += size;
      continue;
    }
    ids.push(row.id);
    docs.push(row.doc);
    results.push(row.result);
    bytes += size;
  }
  const page = { ids, docs, results, bytes: bytes + skipped };
  return boundary === undefined ? page : { ...page, coveredTo: boundary };
}

type Found = Row & { readonly id: string };

/** All operations in the range; one that has expired but is not yet removed has no document. */
function* all(sql: SqlStorage, query: ListQuery, now: number): Iterable<Found> {
  const { from = "", to = "~", order, limit } = query;
  const range = { from, to };
  // Expired operations count towards the limit, so there may be more to read.
  for (const most of [limit + 1, maxRows]) {
    const rows = sql.exec<Found>(
      `SELECT id, CASE WHEN ${expired} THEN '' ELSE doc END AS doc,
         CASE WHEN ${unexpired} THEN ${resultColumn} END AS result
       FROM operations WHERE id >= ? AND id < ? ORDER BY id ${order} LIMIT ? + 0`,
      now,
      now,
      range.from,
      range.to,
      most,
    );
    let last = "";
    let count = 0;
    for (const row of ahead(rows)) {
      last = row.id;
      count += 1;
      yield row;
    }
    if (count < most) return;
    // All IDs have the same length, so none lies between an ID and that ID with a suffix.
    if (order === "asc") range.from = `${last}0`;
    else range.to = last;
  }
}

/**
 * ahead reads one row ahead: a cursor that reaches its end releases its compiled statement, which the next page reuses.
 */
function* ahead<T>(rows: Iterable<T>): Iterable<T> {
  let before: T | undefined;
  for (const row of rows) {
    if (before !== undefined) yield before;
    before = row;
  }
  if (before !== undefined) yield before;
}

/**
 * matchingIds returns the IDs of one page, and where it ends if there may be more. It reads neither results nor, except
 * for labels, documents.
 *
 * @param but a kind to leave out
 * @param looked how many rows it reads
 */
export function matchingIds(
  sql: SqlStorage,
  query: ListQuery,
  now: number,
  { but, looked }: { readonly but: string; readonly looked: number },
): { readonly ids: readonly string[]; readonly coveredTo?: string } {
  const { rows, boundary } = matching(sql, query, now, {
    of: "id",
    but,
    looked,
    most: query.limit,
  });
  const ids: string[] = [];
  for (const { id } of rows) {
    ids.push(id);
    if (ids.length === query.limit) return { ids, coveredTo: id };
  }
  return boundary === undefined ? { ids } : { ids, coveredTo: boundary };
}

/** The operations that match a filter, `most` of them, and the last row that was read if there are more. */
function matching(
  sql: SqlStorage,
  query: ListQuery,
  now: number,
  {
    of = `id, ${columns}`,
    but = "",
    looked = maxRows,
    most,
  }: { of?: string; but?: string; looked?: number; most: number },
): { readonly rows: Iterable<Found>; readonly boundary: string | undefined } {
  const { statuses, kinds, labels, order, from = "", to = "~" } = query;
  const boundary = boundaryOf(sql, query, looked);
  const where = ["id >= ?", "id < ?", unexpired];
  const bindings: (string | number)[] = [from, to, now];
  const require = (condition: string, values: readonly (string | number)[]) => {
    where.push(condition);
    bindings.push(...values);
  };
  if (boundary !== undefined) require(order === "asc" ? "id <= ?" : "id >= ?", [boundary]);
  if (statuses.length > 0) require(`status IN (${marks(statuses)})`, statuses);
  if (kinds.length > 0) require(`kind IN (${marks(kinds)})`, kinds);
  if (but !== "") require("kind <> ?", [but]);
  if (labels.length > 0) {
    const condition = labelled(labels);
    require(condition.sql, condition.bindings);
  }
  const rows = sql.exec<Found>(
    `SELECT ${of} FROM operations WHERE ${where.join(" AND ")} ORDER BY id ${order} LIMIT ? + 0`,
    ...bindings,
    most,
  );
  return { rows: ahead(rows), boundary };
}

function isFiltered({ statuses, kinds, labels }: ListQuery): boolean {
  return statuses.length + kinds.length + labels.length > 0;
}

/** The last row that a filtered page reads, if there are more. */
function boundaryOf(sql: SqlStorage, query: ListQuery, looked: number): string | undefined {
  const { labels, order, from = "", to = "~" } = query;
  const range = "FROM operations WHERE id >= ? AND id < ?";
  const ends: (string | undefined)[] = [
    sql
      .exec<{ id: string }>(
        `SELECT id ${range} ORDER BY id ${order} LIMIT 1 OFFSET ?`,
        from,
        to,
        looked - 1,
      )
      .toArray()[0]?.id,
  ];
  if (labels.length > 0) {
    const parsed = `sum(octet_length(doc) + ${perRow}) OVER (ORDER BY id ${order} ROWS UNBOUNDED PRECEDING)`;
    const [row] = sql
      .exec<{ id: string }>(
        `SELECT id FROM (SELECT id, ${parsed} AS parsed ${range}) WHERE parsed > ? LIMIT 1`,
        from,
        to,
        maxParsed,
      )
      .toArray();
    ends.push(row?.id);
  }
  const found = ends.filter((end) => end !== undefined).sort();
  return order === "asc" ? found[0] : found.at(-1);
}

function marks(values: readonly unknown[]): string {
  return values.map(() => "?").join(", ");
}
