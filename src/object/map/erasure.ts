import type { LargeRoom } from "../../runner/large.ts";
import type { Attempts } from "../attempts/attempts.ts";
import { eachOf } from "../sockets/sockets.ts";

/** pause is how long attempts have to receive the request to stop, in milliseconds. */
const pause = 20;

/** Surroundings are what Erasure needs of the object. */
export interface Surroundings {
  readonly ctx: Pick<
    DurableObjectState,
    "storage" | "getWebSockets" | "blockConcurrencyWhile" | "abort"
  >;
  readonly attempts: Pick<Attempts, "ids" | "drop">;
  /** What is in the bucket, if there is one. */
  readonly large: Pick<LargeRoom, "erase"> | undefined;
  /** The code with which sockets of waiters and watchers are closed, so that they reconnect. */
  readonly closeCode: number;
}

/**
 * Erasure removes everything that an object holds: all tables, and the alarm. What is in memory ends with this life of
 * the object, so the caller gets no response, and asks again to learn that nothing is left. It may therefore be
 * interrupted at any time, and is complete once a caller has learned that.
 */
export class Erasure {
  readonly #around: Surroundings;

  constructor(around: Surroundings) {
    this.#around = around;
  }

  /** erase returns true if there is nothing; otherwise it removes everything and ends this life of the object. */
  async erase(): Promise<boolean> {
    const { ctx, attempts, large, closeCode } = this.#around;
    const { storage } = ctx;
    // Their rows have the ids of uploads to abort; there may be more than one event should wait for.
    for (const id of attempts.ids) attempts.drop(id);
    await large?.erase();
    const sockets = ctx.getWebSockets();
    const hasRows = tablesOf(storage.sql).length > 0;
    if (!hasRows && sockets.length === 0 && (await storage.getAlarm()) === null) return true;
    // Nothing may run in between: the state in memory is no longer valid.
    await ctx.blockConcurrencyWhile(async () => {
      for (const id of attempts.ids) attempts.drop(id);
      eachOf(sockets, (socket) => socket.close(closeCode, "erased"));
      await scheduler.wait(pause);
      await large?.erase();
      await storage.deleteAlarm();
      await storage.deleteAll();
      await storage.sync();
    });
    // Inside, it would break off the section, and everything that waits for its end: workerd would report a deadlock.
    ctx.abort("erased on request");
    return false;
  }
}

/** tablesOf returns the names of the tables that the object has created. */
export function tablesOf(sql: SqlStorage): readonly string[] {
  const all = "SELECT name FROM sqlite_master WHERE type = 'table'";
  const names = sql
    .exec<{ name: string }>(all)
    .toArray()
    .map(({ name }) => name);
  return names.filter((name) => !name.startsWith("_cf_") && !name.startsWith("sqlite_"));
}
