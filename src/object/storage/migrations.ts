/**
 * The schema of the map. One row for each operation, in a table without rowid, because an insert,
 * a finish and a delete then cost one written row each; no index, because each would add to that.
 *
 * operations
 *   id       the operation's id; text order is creation order
 *   status   a copy from doc, for filters and to find the unfinished
 *   kind     a copy from doc, for filters
 *   wake_at  wakeTime(doc): milliseconds at which time alone changes the operation; where this code
 *            wrote an unfinished one, its marks on top, negative with a priority; older code overwrites them:
 *            standing.ts
 *   doc      the Operation as JSON; unknown members are kept
 *   input    JSON text; NULL if it is in chunks
 *   result   JSON text if it is shown in the monitor, otherwise bytes; NULL if there is none or if it is in chunks
 *   changed  the stamp of its last change; see changes.ts
 *
 * idempotency   key → operation, only for operations created with a key
 *
 * chunks        payloads of more than 8 KiB, in parts; older code stored up to 512 KiB in the row
 *   id, field  the operation's id, and `input` or `result`
 *   part       from 0; -1 is the only part of a result that is shown in the monitor
 *   body       up to 256 KiB of it; from older code up to 1 MiB
 *
 * counters      one JSON document for each name: the counts of Workers and the state of the trace collector, see
 *               counters.ts and span-notes.ts, and the paused kinds
 *
 * deliveries    webhooks of operations that have ended; see core/delivery.ts
 *   id       the operation's id
 *   next_at  a copy from doc: when it is tried next, in milliseconds; NULL once it is over
 *   doc      the Delivery as JSON
 *   body     what is sent; NULL once it is over
 *
 * documents     documents of a tenant, in its first shard; see documents.ts
 *   storage, id  its name
 *   created_at   milliseconds
 *   revision     the stamp of its last change; see changes.ts
 *   doc          the document as JSON, with its stamps
 *
 * trends        counts over time, a ring with a row for each five minutes; see trend-store.ts
 *   slot     the block's place in the ring
 *   block    the number of the block: five minutes since 1970
 *   changed  the stamp of the last change that is counted
 *   coarse   the Step of the whole block as JSON
 *   fine     its Steps of ten seconds as JSON, by their place in it
 *   totals   the totals when the row was last written, as JSON, with the stamp of the last change in them; older
 *            code does not change it
 *
 * deletions     the last operations that were deleted by request, a ring; see deletions.ts
 *   slot   its place in the ring
 *   stamp  when it was deleted, in the order of changes; see changes.ts
 *   id     the operation's id
 *   doc    the kind and the labels, as JSON, for the filters of watchers
 *
 * reservations  idempotency keys that another object decides; see reservations.ts
 *   hour     hours since 1970
 *   shard    the number of that object
 *
 * steps         steps of operations; see core/operation/step.ts
 *   id, name  the operation's id, and the step's name
 *   seq       its place in the order in which the operation's steps were stored
 *   size      its size, in bytes
 *   doc       the StepRecord as JSON, without its value
 *   value     its value as JSON text
 *
 * attempts      what attempts left beside their operations; see core/operation/attempt-record.ts
 *   id, attempt  the operation's id, and the attempt's number
 *   doc          the AttemptRow as JSON
 *
 * output        output of work; see output/output-store.ts
 *   id       the operation's id
 *   offset   its offset in the output, in bytes
 *   attempt  the attempt that wrote it
 *   body     up to 64 KiB of it
 *
 * bulk          progress of operations of kind `bulk` in this shard; see bulk-states.ts
 *   id       the operation's id, which may be another shard's
 *   until    its deadline, in milliseconds
 *   doc      the BulkState as JSON
 *
 * large         what is, or may be, in a bucket for these operations; see core/operation/large.ts
 *   id, key  the operation's id, empty while there is none, and the key in the bucket
 *   state    `open` while it is written, `arriving` while there is no operation yet, `kept`, or `doomed` until it is
 *            removed from the bucket
 *   attempt  the attempt that writes it
 *   size     bytes, once it is kept
 *   upload   the bucket's id of the multipart upload, until that is over
 *   until    unless it is kept: when to look at it next, in milliseconds
 *
 * Old and new code use the same map while a deployment spreads, so a step only ever adds: a table, or a column with a
 * default. Code names the columns that it writes and keeps unknown ones. What is to be removed is first unused for a
 * release.
 */
const steps: readonly string[] = [
  `CREATE TABLE IF NOT EXISTS operations (
     id TEXT PRIMARY KEY,
     status TEXT NOT NULL,
     kind TEXT NOT NULL,
     wake_at INTEGER NOT NULL,
     doc TEXT NOT NULL,
     input ANY,
     result ANY
   ) WITHOUT ROWID, STRICT`,
  `CREATE TABLE IF NOT EXISTS idempotency (
     key TEXT PRIMARY KEY,
     id TEXT NOT NULL
   ) WITHOUT ROWID, STRICT`,
  `CREATE TABLE IF NOT EXISTS chunks (
     id TEXT NOT NULL,
     field TEXT NOT NULL,
     part INTEGER NOT NULL,
     body BLOB NOT NULL,
     PRIMARY KEY (id, field, part)
   ) WITHOUT ROWID, STRICT`,
  `CREATE TABLE IF NOT EXISTS counters (
     name TEXT PRIMARY KEY,
     doc TEXT NOT NULL
   ) WITHOUT ROWID, STRICT`,
  `CREATE TABLE IF NOT EXISTS deliveries (
     id TEXT PRIMARY KEY,
     next_at INTEGER,
     doc TEXT NOT NULL,
     body TEXT
   ) WITHOUT ROWID, STRICT`,
  "ALTER TABLE operations ADD COLUMN changed INTEGER NOT NULL DEFAULT 0",
  `CREATE TABLE IF NOT EXISTS documents (
     storage TEXT NOT NULL,
     id TEXT NOT NULL,
     created_at INTEGER NOT NULL,
     revision INTEGER NOT NULL,
     doc TEXT NOT NULL,
     PRIMARY KEY (storage, id)
   ) WITHOUT ROWID, STRICT`,
  `CREATE TABLE IF NOT EXISTS trends (
     slot INTEGER PRIMARY KEY,
     block INTEGER NOT NULL,
     changed INTEGER NOT NULL,
     coarse TEXT NOT NULL,
     fine TEXT NOT NULL
   ) STRICT`,
  `CREATE TABLE IF NOT EXISTS reservations (
     hour INTEGER NOT NULL,
     key TEXT NOT NULL,
     shard INTEGER NOT NULL,
     PRIMARY KEY (hour, key)
   ) WITHOUT ROWID, STRICT`,
  `CREATE TABLE IF NOT EXISTS deletions (
     slot INTEGER PRIMARY KEY,
     stamp INTEGER NOT NULL,
     id TEXT NOT NULL,
     doc TEXT NOT NULL
   ) STRICT`,
  `CREATE TABLE IF NOT EXISTS steps (
     id TEXT NOT NULL,
     name TEXT NOT NULL,
     seq INTEGER NOT NULL,
     size INTEGER NOT NULL,
     doc TEXT NOT NULL,
     value TEXT,
     PRIMARY KEY (id, name)
   ) WITHOUT ROWID, STRICT`,
  `CREATE TABLE IF NOT EXISTS attempts (
     id TEXT NOT NULL,
     attempt INTEGER NOT NULL,
     doc TEXT NOT NULL,
     PRIMARY KEY (id, attempt)
   ) WITHOUT ROWID, STRICT`,
  `CREATE TABLE IF NOT EXISTS output (
     id TEXT NOT NULL,
     offset INTEGER NOT NULL,
     attempt INTEGER NOT NULL,
     body BLOB NOT NULL,
     PRIMARY KEY (id, offset)
   ) WITHOUT ROWID, STRICT`,
  `CREATE TABLE IF NOT EXISTS bulk (
     id TEXT PRIMARY KEY,
     until INTEGER NOT NULL,
     doc TEXT NOT NULL
   ) WITHOUT ROWID, STRICT`,
  "ALTER TABLE trends ADD COLUMN totals TEXT",
  `CREATE TABLE IF NOT EXISTS large (
     id TEXT NOT NULL,
     key TEXT NOT NULL,
     state TEXT NOT NULL,
     attempt INTEGER NOT NULL,
     size INTEGER NOT NULL,
     upload TEXT,
     until INTEGER NOT NULL,
     PRIMARY KEY (id, key)
   ) WITHOUT ROWID, STRICT`,
  "CREATE INDEX IF NOT EXISTS large_until ON large (state, until) WHERE state <> 'kept'",
];

/** tables lists the tables that the steps create, and their columns in order. */
export const tables: Readonly<Record<string, readonly string[]>> = tablesOf(steps);

/**
 * migrate brings the schema up to this code's version; it does nothing if the schema has that version or a newer one.
 * It runs at each start of an object that holds a map, and before the first insert of any other; a step that was
 * interrupted runs again.
 */
export function migrate(sql: SqlStorage): void {
  sql.exec("CREATE TABLE IF NOT EXISTS migrations (version INTEGER PRIMARY KEY) STRICT");
  const { version } = sql
    .exec<{ version: number }>("SELECT coalesce(max(version), 0) AS version FROM migrations")
    .one();
  steps.slice(version).forEach((step, index) => {
    try {
      sql.exec(step);
    } catch (thrown) {
      // SQLite has no IF NOT EXISTS for columns.
      if (!String(thrown).includes("duplicate column name")) throw thrown;
    }
    sql.exec("INSERT INTO migrations (version) VALUES (?)", version + index + 1);
  });
}

function tablesOf(made: readonly string[]): Record<string, readonly string[]> {
  const found: Record<string, readonly string[]> = {};
  for (const step of made) {
    const [, created, body = ""] =
      /^CREATE TABLE IF NOT EXISTS (\w+) \(\n(.*)\n +\)/s.exec(step) ?? [];
    if (created)
      found[created] = body.split("\n").flatMap((line) => /^ +([a-z_]+) /.exec(line)?.[1] ?? []);
    const [, altered, column] = /^ALTER TABLE (\w+) ADD COLUMN (\w+)/.exec(step) ?? [];
    if (altered && column) found[altered] = [...(found[altered] ?? []), column];
  }
  return found;
}
