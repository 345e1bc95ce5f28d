import { DatabaseSync, type SQLOutputValue } from "node:sqlite";

/** Alarm is a row of workerd's table of alarms, as it is. */
export type Alarm = Readonly<Record<string, SQLOutputValue>>;

/** alarmOf returns the alarm that an object has, or undefined. */
export function alarmOf(file: string, object: string): Alarm | undefined {
  const database = new DatabaseSync(file, { readOnly: true, timeout: 10_000 });
  try {
    const statement = database.prepare(`SELECT * FROM ${table} WHERE ${key} = ?`);
    // Its times are in nanoseconds, more than a double tells apart.
    statement.setReadBigInts(true);
    return statement.get(object);
  } finally {
    database.close();
  }
}

/**
 * addAlarms adds the alarms of objects that have none in a database of alarms: one too many wakes an object
 * that finds nothing to do, and one too few would leave it asleep until somebody asks.
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
    // The copy is one file, as it was.
    database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  } finally {
    database.close();
  }
}

/** Source: workerd, src/workerd/server/alarm-scheduler.c++. */
const table = "_cf_ALARM";
const key = "actor_id";
