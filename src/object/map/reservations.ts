import { type Failure, failure } from "../../core/errors.ts";
import type { Idempotency } from "../../core/operation/operation.ts";
import type { Created, Reply } from "../../core/reply.ts";
import { setback } from "../schedule/schedule.ts";

/** hour is how long reservations are grouped together, in milliseconds: each lives one to two hours. */
const hour = 3_600_000;

/** batch is how many reservations one sweep removes. */
const batch = 500;

/** Reservation says that another object of the tenant decides what an idempotency key creates. */
export interface Reservation {
  readonly idempotency: Idempotency;
  /** The number of that object. */
  readonly shard: number;
}

/** Elsewhere refuses a create whose key another object decides; the create has to be sent there. */
export interface Elsewhere {
  readonly error: Failure;
  readonly shard: number;
}

/** elsewhere refuses a create; a Worker with older code tells its client to retry. */
export function elsewhere(shard: number): Elsewhere {
  const message = "The idempotency key is being used by another request; retry";
  return { error: failure("unavailable", message), shard };
}

/**
 * decidedAt returns the object that a create has to be sent to, if any. Each is an older home of the key than the
 * previous one, so following them ends.
 */
export function decidedAt(reply: Reply<Created> | Elsewhere, shard: number): number | undefined {
  return "shard" in reply && reply.shard < shard ? reply.shard : undefined;
}

/**
 * Reservations are the idempotency keys of this object that an older home decides while the tenant's deployment grows
 * (`SHARDS=4..8`). Workers that do not use the new shards yet write a reservation here before they create there;
 * Workers that already use them find it, and follow. Once the operation has been created there, they find it in the
 * first place they look, so a reservation is needed only for the duration of one request, and is removed automatically:
 * it costs two rows.
 */
export class Reservations {
  readonly #sql: SqlStorage;
  /** The hours of the first and the last reservation, read once. */
  #range: { readonly first: number; readonly last: number } | undefined;
  #isRead = false;
  /** When to sweep again, after a sweep that failed. */
  #notBefore = Number.NEGATIVE_INFINITY;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** find returns the number of the object that decides a key, if that is another one. */
  find(key: string, now: number): number | undefined {
    const present = Math.floor(now / hour);
    const range = this.#read();
    if (!range || range.last < present - 1) return undefined;
    // Including the next hour, in case the clock went back.
    const row = this.#sql
      .exec<{ shard: number }>(
        "SELECT shard FROM reservations WHERE hour IN (?, ?, ?) AND key = ? LIMIT 1",
        present - 1,
        present,
        present + 1,
        key,
      )
      .toArray()[0];
    return row?.shard;
  }

  /** add stores a reservation; a key that is already reserved stays with its object. */
  add(key: string, shard: number, now: number): void {
    const present = Math.floor(now / hour);
    const holder = this.find(key, now) ?? shard;
    this.#sql.exec(
      "INSERT OR IGNORE INTO reservations (hour, key, shard) VALUES (?, ?, ?)",
      present,
      key,
      holder,
    );
    const range = this.#read();
    this.#range = {
      first: Math.min(range?.first ?? present, present),
      last: Math.max(range?.last ?? present, present),
    };
  }

  /** sweep removes expired reservations, as many as one event should. */
  sweep(now: number): void {
    if (now < this.#notBefore) return;
    this.#notBefore = now + setback;
    this.#sweep(now);
    this.#notBefore = Number.NEGATIVE_INFINITY;
  }

  /** next is when a sweep next has something to do, in milliseconds since 1970. */
  get next(): number | undefined {
    const range = this.#read();
    return range && Math.max((range.first + 2) * hour, this.#notBefore);
  }

  #sweep(now: number): void {
    const { first = Number.POSITIVE_INFINITY } = this.#read() ?? {};
    const oldest = Math.floor(now / hour) - 1;
    if (first >= oldest) return;
    this.#sql.exec(
      `DELETE FROM reservations WHERE (hour, key) IN
         (SELECT hour, key FROM reservations WHERE hour < ? ORDER BY hour, key LIMIT ? + 0)`,
      oldest,
      batch,
    );
    this.#isRead = false;
  }

  #read(): { readonly first: number; readonly last: number } | undefined {
    if (this.#isRead) return this.#range;
    const { first, last } = this.#sql
      .exec<{ first: number | null; last: number | null }>(
        `SELECT (SELECT min(hour) FROM reservations) AS first,
           (SELECT max(hour) FROM reservations) AS last`,
      )
      .one();
    this.#range = first === null || last === null ? undefined : { first, last };
    this.#isRead = true;
    return this.#range;
  }
}
