import type { LargeRoom } from "../../runner/large.ts";
import type { Attempts } from "../attempts/attempts.ts";
import { eachOf } from "../sockets/sockets.ts";

/** pause is how long attempts have to hear that they are to stop, in milliseconds. */
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
  /** How the socket of somebody who waits or watches is closed, so that they ask again. */
  readonly closeCode: number;
}

/**
 * Erasure removes all that an object holds: every table, whatever it is called, and the alarm. What is in
 * memory goes with this life of the object, so who asked is not answered; who asks again is told that there
 * is nothing. So it may be broken off at any moment, and is done once somebody has been told so.
 */
export class Erasure {
  readonly #around: Surroundings;

  constructor(around: Surroundings) {
    this.#around = around;
  }

  /** erase returns true where there is nothing, and else removes it and ends this life of the object. */
  async erase(): Promise<boolean> {
    const { ctx, attempts, large, closeCode } = this.#around;
    const { storage } = ctx;
    // Their rows say which uploads to abort; there may be more than one event should wait for.
    for (const id of attempts.ids) attempts.drop(id);
    await large?.erase();
    const sockets = ctx.getWebSockets();
    const hasRows = tablesOf(storage.sql).length > 0;
    if (!hasRows && sockets.length === 0 && (await storage.getAlarm()) === null) return true;
    // Nothing else comes in between: what is in memory is not true any more.
    await ctx.blockConcurrencyWhile(async () => {
      for (const id of attempts.ids) attempts.drop(id);
      eachOf(sockets, (socket) => socket.close(closeCode, "erased"));
      await scheduler.wait(pause);
      await large?.erase();
      await storage.deleteAlarm();
      await storage.deleteAll();
      await storage.sync();
    });
    // In there, it would cut the section off, and with it whoever waits for its end: workerd takes that for a deadlock.
    ctx.abort("erased on request");
    return false;
  }
}

/** tablesOf returns the names of the tables that the object has made. */
export function tablesOf(sql: SqlStorage): readonly string[] {
  const all = "SELECT name FROM sqlite_master WHERE type = 'table'";
  const names = sql
    .exec<{ name: string }>(all)
    .toArray()
    .map(({ name }) => name);
  return names.filter((name) => !name.startsWith("_cf_") && !name.startsWith("sqlite_"));
}
