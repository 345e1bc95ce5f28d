import { unexpired } from "./rows.ts";

/** operationIds returns up to `limit` ids of a shard's operations after an id, in creation order. */
export function operationIds(sql: SqlStorage, after: string, limit: number, now: number): string[] {
  return sql
    .exec<{ id: string }>(
      `SELECT id FROM operations WHERE id > ? AND ${unexpired}
       ORDER BY id LIMIT ? + 0`,
      after,
      now,
      limit,
    )
    .toArray()
    .map(({ id }) => id);
}
