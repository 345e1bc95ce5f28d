import { reasonOf } from "../../base/log.ts";
import { type Failure, failure, notFound } from "../../core/errors.ts";
import { isReporting } from "../../core/operation/attempts.ts";
import {
  type ArrivalOrder,
  maxUploads,
  noBucket,
  type Upload,
  type UploadAsk,
} from "../../core/operation/large.ts";
import { isTerminal, type Operation, type Uploaded } from "../../core/operation/operation.ts";
import type { Created, Reply, Snapshot } from "../../core/reply.ts";
import type { LargeRoom, LargeSurroundings } from "../../runner/large.ts";
import { setback } from "../schedule/schedule.ts";
import { Arrivals } from "./arrivals.ts";
import { type LargeRow, LargeStore } from "./large-store.ts";
import { busy, noStorage, unreachable } from "./refusals.ts";
import { Semaphore } from "./semaphore.ts";

/** batch is how many uploads one round removes from the bucket. */
const batch = 100;

/** grace is how long after its deadline an operation's upload may still be open, in milliseconds. */
const grace = 60_000;

/** LargeObjects are one object's uploads to the bucket; core/operation/large.ts documents their invariants. */
export class LargeObjects implements LargeRoom {
  readonly event = "large";
  readonly #around: LargeSurroundings;
  readonly #store: LargeStore;
  readonly #permits = new Semaphore(maxUploads);
  readonly #arrivals: Arrivals;
  /** The attempts with open uploads, by key. */
  #lazyOpen: Map<string, Pick<LargeRow, "id" | "attempt">> | undefined;
  #lazySize: number | undefined;
  /** When the next doomed upload is to be removed. */
  #lazyNext: number | undefined;
  #isRemoving = false;

  constructor(around: LargeSurroundings) {
    this.#around = around;
    this.#store = new LargeStore(around.sql);
    this.#arrivals = new Arrivals({
      around,
      store: this.#store,
      doomed: (at) => this.#doomed(at),
      size: () => this.size,
      kept: () => {
        this.#lazySize = undefined;
      },
    });
  }

  get size(): number {
    this.#lazySize ??= this.#store.size();
    return this.#lazySize;
  }

  async begin(id: string, ask: UploadAsk): Promise<Reply<Upload>> {
    const { bucket, name, join } = this.#around;
    // The name is missing only in a workerd from before March 2026, after an alarm has woken the object.
    if (!bucket || name === undefined) return { error: noBucket };
    // Uploads that are still open from before a restart take their permits first.
    this.#openUploads();
    if (!(await this.#permits.acquire(ask.patience))) return { error: busy };
    const key = `${name}/${id}/${ask.attempt}.${crypto.randomUUID()}`;
    try {
      const opened = await join(() => this.#begin(id, ask, key));
      if (opened.error) {
        this.#permits.release();
        return opened;
      }
      const { mediaType: contentType } = ask;
      const upload = await bucket.createMultipartUpload(key, { httpMetadata: { contentType } });
      if (await join(() => this.#store.begun(id, key, upload.uploadId))) {
        return { key, upload: upload.uploadId, limit: opened.limit };
      }
      // It was doomed meanwhile, when its row did not yet have the upload's id to abort.
      await upload.abort();
      return { error: stale(id, ask.attempt) };
    } catch (thrown) {
      this.#around.failed(thrown);
      if (this.#openUploads().has(key)) await join(() => this.#doom(id, key, Date.now()));
      else this.#permits.release();
      return { error: unreachable };
    }
  }

  arrival(order: ArrivalOrder): Promise<Reply<Partial<Upload>>> {
    if (order.type === "begin" || !this.#openUploads().has(order.key))
      return this.#arrivals.take(order);
    return this.#around.join(() => {
      const open = this.#openUploads().get(order.key);
      if (open && order.type === "abandon") {
        if (order.isFull) this.#around.hit();
        this.#doom(open.id, order.key, Date.now());
      }
      return {};
    });
  }

  arrived(upload: Uploaded, make: (keep: (id: string) => void) => Reply<Created>): Reply<Created> {
    return this.#arrivals.arrived(upload, make);
  }

  changed(_: Operation | undefined, { op }: Snapshot): (() => void) | undefined {
    const isKept = op.status === "succeeded" ? op.result.stored?.key : undefined;
    if (isKept !== undefined && op.result) this.#keep(op.id, isKept, op.result.size);
    for (const [key, { id, attempt }] of this.#openUploads()) {
      const isOver = id === op.id && (isTerminal(op) || !isReporting(op, attempt));
      if (isOver) this.#doom(id, key, Date.now());
    }
    return undefined;
  }

  forget({ id, result, upload }: Operation): void {
    if (!result?.stored && !upload) return;
    this.#store.doom(id, Date.now());
    this.#doomed(Date.now());
    this.#lazySize = undefined;
  }

  async erase(): Promise<void> {
    const { bucket, name } = this.#around;
    if (!bucket || name === undefined) return;
    for (const state of ["open", "arriving", "doomed"] as const) {
      for (const { key, upload } of this.#store.in(state, Number.MAX_SAFE_INTEGER, most)) {
        if (upload) await abort(bucket, key, upload);
      }
    }
    for (let isMore = true; isMore; ) {
      const { objects, truncated } = await bucket.list({ prefix: `${name}/` });
      if (objects.length > 0) await bucket.delete(objects.map(({ key }) => key));
      isMore = truncated;
    }
  }

  sweep(now: number): void {
    for (const id of this.#store.orphans(batch)) {
      this.#store.doom(id, now);
      this.#doomed(now);
      this.#lazySize = undefined;
    }
    for (const { id, key, attempt } of this.#store.in("open", now, batch)) {
      const op = this.#around.get(id);
      if (op && isReporting(op, attempt)) this.#store.postpone(id, key, op.deadlineAt + grace);
      else this.#doom(id, key, now);
    }
  }

  launch(now: number): void {
    this.#arrivals.lapse(now);
    if (!this.#around.bucket || this.#isRemoving || this.#nextRemoval() > now) return;
    this.#isRemoving = true;
    this.#around.keepAwake(this.#remove(this.#around.bucket, now));
  }

  next(now: number): number {
    if (!this.#around.bucket) return Number.POSITIVE_INFINITY;
    // In case the object dies meanwhile.
    const next = this.#isRemoving ? now + setback : this.#nextRemoval();
    return Math.min(next, this.#arrivals.next());
  }

  /** Within a group of writes: adds the row of an upload, or returns why not. */
  #begin(id: string, { attempt, isExternal }: UploadAsk, key: string): Reply<{ limit: number }> {
    const { send, share, sql, hit, noted } = this.#around;
    // Applies an expired lease or deadline, even if the alarm has not done so yet.
    const reply = send(id, { type: "tick" });
    if (reply.error) return { error: notFound(id) };
    const { op } = reply;
    const isTheirs = (op.external ?? false) === isExternal;
    if (!isTheirs || !isReporting(op, attempt)) return { error: stale(id, attempt) };
    const isLimited = share !== Number.POSITIVE_INFINITY;
    const limit = isLimited ? share - sql.databaseSize - this.size : share;
    if (limit <= 0) {
      hit();
      return { error: noStorage };
    }
    this.#store.open({ id, key, attempt, until: op.deadlineAt + grace });
    this.#openUploads().set(key, { id, attempt });
    noted(() => this.#openUploads().delete(key));
    return { limit };
  }

  #keep(id: string, key: string, size: number): void {
    if (!this.#store.keep(id, key, size)) throw new Error("The result is not in the bucket");
    this.#lazySize = undefined;
    this.#close(key);
  }

  #doom(id: string, key: string, now: number): void {
    this.#store.doom(id, now, key);
    this.#doomed(now);
    this.#close(key);
  }

  #close(key: string): void {
    const known = this.#openUploads().get(key);
    if (!known) return;
    this.#openUploads().delete(key);
    this.#around.noted(() => this.#openUploads().set(key, known));
    this.#around.held(() => this.#permits.release());
  }

  #doomed(at: number): void {
    this.#lazyNext = Math.min(this.#nextRemoval(), at);
  }

  async #remove(bucket: R2Bucket, now: number): Promise<void> {
    const { join, failed } = this.#around;
    const rows = this.#store.in("doomed", now, batch);
    const gone: LargeRow[] = [];
    for (const row of rows) {
      try {
        if (row.upload) await abort(bucket, row.key, row.upload);
        gone.push(row);
      } catch (thrown) {
        failed(thrown);
      }
    }
    try {
      await bucket.delete(gone.map(({ key }) => key));
    } catch (thrown) {
      failed(thrown);
      gone.length = 0;
    }
    try {
      await join(() => {
        for (const row of rows) {
          if (gone.includes(row)) this.#store.remove(row.id, row.key);
          else this.#store.postpone(row.id, row.key, now + setback);
        }
      });
    } catch (thrown) {
      failed(thrown);
    }
    this.#isRemoving = false;
    this.#lazyNext = undefined;
    // An empty group of writes, after which the next round starts.
    if (this.#nextRemoval() <= Date.now()) await join(() => {}).catch(failed);
  }

  /** When the next doomed upload is to be removed. */
  #nextRemoval(): number {
    this.#lazyNext ??= this.#store.in("doomed", Number.MAX_SAFE_INTEGER, 1)[0]?.until;
    this.#lazyNext ??= Number.POSITIVE_INFINITY;
    return this.#lazyNext;
  }

  /** Uploads from before a restart are read when they are first needed. */
  #openUploads(): Map<string, Pick<LargeRow, "id" | "attempt">> {
    if (!this.#lazyOpen) {
      this.#lazyOpen = new Map();
      for (const { key, id, attempt } of this.#store.in("open", Number.MAX_SAFE_INTEGER, most)) {
        this.#lazyOpen.set(key, { id, attempt });
        this.#permits.hold();
      }
    }
    return this.#lazyOpen;
  }
}

/** most is more than the number of uploads that can be open at once. */
const most = 1_000;

function stale(id: string, attempt: number): Failure {
  return failure("stale-attempt", `Attempt ${attempt} of operation ${id} is over`);
}

async function abort(bucket: R2Bucket, key: string, upload: string): Promise<void> {
  try {
    await bucket.resumeMultipartUpload(key, upload).abort();
  } catch (thrown) {
    // It was completed, or has ended otherwise. Source: R2's error codes.
    if (!reasonOf(thrown).includes("(10024)")) throw thrown;
  }
}
