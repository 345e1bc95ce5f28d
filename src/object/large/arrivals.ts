import {
  type ArrivalOrder,
  arrivalLease,
  maxUploads,
  noBucket,
  type Upload,
} from "../../core/operation/large.ts";
import type { Uploaded } from "../../core/operation/operation.ts";
import type { Created, Reply } from "../../core/reply.ts";
import type { LargeSurroundings } from "../../runner/large.ts";
import type { LargeStore } from "./large-store.ts";
import { busy, lapsed, unreachable } from "./refusals.ts";
import { Semaphore } from "./semaphore.ts";

/** most is more than the number of bodies that can arrive at once. */
const most = 1_000;

/** Surroundings are what Arrivals needs of LargeObjects. */
export interface Surroundings {
  readonly around: LargeSurroundings;
  readonly store: LargeStore;
  /** doomed is called when something is to be removed from the bucket, with the time. */
  doomed(at: number): void;
  /** size returns the size of everything kept, in bytes. */
  size(): number;
  /** kept is called when the size has grown. */
  kept(): void;
}

/** Arrivals are the bodies of requests that will create operations, while they are uploaded to the bucket (L4). */
export class Arrivals {
  readonly #its: Surroundings;
  readonly #permits = new Semaphore(maxUploads);
  /** When each upload lapses, by key. */
  #lazyUntil: Map<string, number> | undefined;

  constructor(its: Surroundings) {
    this.#its = its;
  }

  /** next returns when the first upload lapses, or infinity. */
  next(): number {
    return Math.min(...this.#uploads().values());
  }

  /** lapse removes uploads that have not been renewed in time. */
  lapse(now: number): void {
    for (const [key, until] of this.#uploads()) if (until <= now) this.#doom(key, now);
  }

  /** take handles a Worker's request about an upload. */
  async take(order: ArrivalOrder): Promise<Reply<Partial<Upload>>> {
    if (order.type === "begin") return this.#begin(order.patience);
    const { key } = order;
    const { around, store } = this.#its;
    return around.join((): Reply<object> => {
      const now = Date.now();
      this.lapse(now);
      if (!this.#uploads().has(key)) return { error: lapsed };
      if (order.type === "abandon") {
        if (order.isFull) around.hit();
        this.#doom(key, now);
      } else {
        store.postpone("", key, now + arrivalLease);
        this.#set(key, now + arrivalLease);
      }
      return {};
    });
  }

  /** arrived keeps the body of a completed upload, with the operation that is created from it. */
  arrived({ key, size }: Uploaded, make: (keep: (id: string) => void) => Reply<Created>) {
    if (!this.#uploads().has(key)) return { error: lapsed };
    const reply = make((id) => {
      if (!this.#its.store.arrived(id, key, size)) throw new Error("The body has lapsed");
      this.#its.kept();
      this.#set(key, undefined);
    });
    // The idempotency key has created an operation before, or a limit was hit.
    if (this.#uploads().has(key)) this.#doom(key, Date.now());
    return reply;
  }

  async #begin(patience: number): Promise<Reply<Upload>> {
    const { around, store, size } = this.#its;
    const { bucket, name, join, share, sql } = around;
    if (!bucket || name === undefined) return { error: noBucket };
    // Uploads that are still open from before a restart take their permits first.
    this.#uploads();
    if (!(await this.#permits.acquire(patience))) return { error: busy };
    const key = `${name}/bodies/${crypto.randomUUID()}`;
    try {
      const opened = await join((): Reply<{ limit: number }> => {
        const error = around.full();
        if (error) return { error };
        const until = Date.now() + arrivalLease;
        store.open({ id: "", key, attempt: 0, until }, "arriving");
        this.#set(key, until);
        const isLimited = share !== Number.POSITIVE_INFINITY;
        return { limit: isLimited ? share - sql.databaseSize - size() : share };
      });
      if (opened.error) {
        this.#permits.release();
        return opened;
      }
      const upload = await bucket.createMultipartUpload(key);
      if (await join(() => store.begun("", key, upload.uploadId))) {
        return { key, upload: upload.uploadId, limit: opened.limit };
      }
      await upload.abort();
      return { error: lapsed };
    } catch (thrown) {
      around.failed(thrown);
      if (this.#uploads().has(key)) await join(() => this.#doom(key, Date.now()));
      else this.#permits.release();
      return { error: unreachable };
    }
  }

  #doom(key: string, now: number): void {
    this.#its.store.doom("", now, key);
    this.#its.doomed(now);
    this.#set(key, undefined);
  }

  /** Records when an upload lapses, or that it is over; undone if the rows are rolled back. */
  #set(key: string, until: number | undefined): void {
    const { noted, held } = this.#its.around;
    const before = this.#uploads().get(key);
    const put = (value: number | undefined) => {
      if (value === undefined) this.#uploads().delete(key);
      else this.#uploads().set(key, value);
    };
    put(until);
    noted(() => put(before));
    if (until === undefined && before !== undefined) held(() => this.#permits.release());
  }

  /** Uploads from before a restart are read when they are first needed. */
  #uploads(): Map<string, number> {
    if (!this.#lazyUntil) {
      this.#lazyUntil = new Map();
      for (const row of this.#its.store.in("arriving", Number.MAX_SAFE_INTEGER, most)) {
        this.#lazyUntil.set(row.key, row.until);
        this.#permits.hold();
      }
    }
    return this.#lazyUntil;
  }
}
