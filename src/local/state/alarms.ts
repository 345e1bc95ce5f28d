import { DatabaseSync, type SQLOutputValue } from "node:sqlite";

/** Alarm is a row of workerd's table of alarms, unchanged. */
export type Alarm = Readonly<Record<string, SQLOutputValue>>;

/** alarmOf returns the alarm of an object, or undefined. */
export function alarmOf(file: string, object: string): Alarm | undefined {
  const database = new DatabaseSync(file, { readOnly: true, timeout: 10_000 });
  try {
    const statement = database.prepare(`SELECT * FROM ${table} WHERE ${key} = ?`);
    // Its times are in nanoseconds, which exceed the precision of a double.
    statement.setReadBigInts(true);
    return statement.get(object);
  } finally {
    database.close();
  }
}

/**
 * addAlarms adds alarms to a database of alarms, for objects that have none: an unneeded alarm wakes an object that has
 * nothing to do, but a missing one would leave it asleep until the next request.
 */
export function addAlarms(file: string, alarms: readonly Alarm[]): void {
  const database = new DatabaseSync(file);
  try {
    for (const alarm of alarms) {
      const names = Object.keys(alarm);
      const values = names.map(() => "?").join(", ");
      database
        .prepare(`INSERT OR IGNORE INTO ${table} (${names.join(", ")}) VALUES (${values})`)
        .run(...Object.values(alarm));
    }
    // The copy is a single file, like the original.
    database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  } finally {
    database.close();
  }
}

/** Source: workerd, src/workerd/server/alarm-scheduler.c++. */
const table = "_cf_ALARM";
const key = "actor_id";
