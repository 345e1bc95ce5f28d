import { isExpired } from "../core/operation.ts";
import type { ListPage, ListQuery, Snapshot } from "../core/reply.ts";
import { columns, type Row, snapshotOf, terminal } from "./rows.ts";

/** scan bounds how many rows one filtered page looks at, so that no list holds up the map. */
const scan = 10_000;

/** pageBytes bounds the results in one page. */
const pageBytes = 4 * 1024 * 1024;

/**
 * list answers one page in the order of ids. A page that is not the last can be short, even empty:
 * it ends where `limit`, the rows looked at, or the size of their results say so.
 */
export function list(sql: SqlStorage, query: ListQuery, now: number): ListPage {
  const where: string[] = [`NOT (${terminal} AND wake_at <= ?)`];
  const bindings: (string | number)[] = [now];
  const require = (condition: string, ...values: (string | number)[]) => {
    where.push(condition);
    bindings.push(...values);
  };

  if (query.from !== undefined) require("id >= ?", query.from);
  if (query.to !== undefined) require("id < ?", query.to);
  const boundary = isFiltered(query) ? boundaryOf(sql, query) : undefined;
  if (boundary !== undefined) require(query.order === "asc" ? "id <= ?" : "id >= ?", boundary);
  if (query.statuses.length > 0) require(`status IN (${marks(query.statuses)})`, ...query.statuses);
  if (query.kinds.length > 0) require(`kind IN (${marks(query.kinds)})`, ...query.kinds);
  for (const [key, value] of query.labels) {
    const label = "SELECT 1 FROM json_each(doc, '$.labels') WHERE key = ? AND value = ?";
    require(`EXISTS (${label})`, key, value);
  }

  const rows = sql.exec<Row>(
    `SELECT ${columns} FROM operations WHERE ${where.join(" AND ")} ORDER BY id ${query.order} LIMIT ?`,
    ...bindings,
    query.limit + 1,
  );
  const items: Snapshot[] = [];
  let bytes = 0;
  for (const row of rows) {
    const last = items.at(-1)?.op.id;
    if (last !== undefined && (items.length === query.limit || bytes > pageBytes)) {
      return { items, coveredTo: last };
    }
    const snapshot = snapshotOf(row);
    if (isExpired(snapshot.op, now)) continue;
    items.push(snapshot);
    bytes += row.result?.length ?? 0;
  }
  return boundary === undefined ? { items } : { items, coveredTo: boundary };
}

function isFiltered(query: ListQuery): boolean {
  return query.statuses.length + query.kinds.length + query.labels.length > 0;
}

/** The last row that this page looks at, where there are more. */
function boundaryOf(sql: SqlStorage, query: ListQuery): string | undefined {
  return sql
    .exec<{ id: string }>(
      `SELECT id FROM operations WHERE id >= ? AND id < ? ORDER BY id ${query.order} LIMIT 1 OFFSET ?`,
      query.from ?? "",
      query.to ?? "~",
      scan - 1,
    )
    .toArray()[0]?.id;
}

function marks(values: readonly unknown[]): string {
  return values.map(() => "?").join(", ");
}
