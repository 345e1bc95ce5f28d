import type { ListQuery, StoredPage } from "../../core/reply.ts";
import { labelled } from "./label-filter.ts";
import { type Found, maxRows, OpenPage } from "./open-page.ts";
import { columns, expired, resultColumn, unexpired } from "./rows.ts";

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
  if (!isFiltered(query)) return unfiltered(sql, query, now);
  const { rows, boundary } = matching(sql, query, now, { most: query.limit + 1 });
  const page = new OpenPage(query);
  return page.close(page.fill(rows.raw<Found>()) ? boundary : page.last);
}

function unfiltered(sql: SqlStorage, query: ListQuery, now: number): StoredPage {
  const { order, limit } = query;
  let { from = "", to = "~" } = query;
  const page = new OpenPage(query);
  // Expired operations count towards the limit, so there may be more to read.
  for (const most of [limit + 1, maxRows]) {
    const rows = sql.exec(
      `SELECT id, CASE WHEN ${expired} THEN '' ELSE doc END,
         CASE WHEN ${unexpired} THEN ${resultColumn} END
       FROM operations WHERE id >= ? AND id < ? ORDER BY id ${order} LIMIT ? + 0`,
      now,
      now,
      from,
      to,
      most,
    );
    if (!page.fill(rows.raw<Found>())) return page.close(page.last);
    if (page.looked < most) break;
    // All IDs have the same length, so none lies between an ID and that ID with a suffix.
    if (order === "asc") from = `${page.last}0`;
    else to = page.last;
  }
  return page.close(undefined);
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
  const ids = Array.from(rows.raw<[string]>(), ([id]) => id);
  const end = ids.length === query.limit ? ids.at(-1) : undefined;
  const coveredTo = end ?? boundary;
  return coveredTo === undefined ? { ids } : { ids, coveredTo };
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
): {
  readonly rows: SqlStorageCursor<Record<string, SqlStorageValue>>;
  readonly boundary: string | undefined;
} {
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
  const rows = sql.exec(
    `SELECT ${of} FROM operations WHERE ${where.join(" AND ")} ORDER BY id ${order} LIMIT ? + 0`,
    ...bindings,
    most,
  );
  return { rows, boundary };
}

/** isFiltered returns whether a query has a filter. */
export function isFiltered({ statuses, kinds, labels }: ListQuery): boolean {
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
