import type { Fields } from "../../base/log.ts";
import type { Result } from "../../base/result.ts";
import {
  again,
  type Delivery,
  type DeliveryState,
  newDelivery,
  refusedDelivery,
  type Try,
  tried,
  type Webhook,
} from "../../core/delivery.ts";
import type { Snapshot } from "../../core/reply.ts";
import { traceIdOf } from "../../core/trace.ts";
import type { Trying } from "../../runner/traces.ts";
import { setback } from "../schedule/schedule.ts";
import { DeliveryQueues } from "./delivery-queues.ts";
import { DeliveryStore } from "./delivery-store.ts";
import { sendWebhook } from "./webhook.ts";

/**
 * probePause is how long all failing targets are left alone after a failed try, in milliseconds: they get at most ten
 * tries a second, however many deliveries wait for them.
 */
const probePause = 100;

/** Surroundings are what Deliveries needs of the object that it is part of. */
export interface Surroundings {
  /**
   * keys returns the keys that sign a webhook, or why there are none.
   *
   * @param isImported whether its operation was imported
   */
  keys(isImported: boolean): Promise<Result<readonly string[], string>>;
  /** Whether the configuration is valid; while it is not, nothing is tried and nothing counts. */
  readonly isConfigured: boolean;
  /** Whether this machine may be a target. */
  readonly isDevelopment: boolean;
  /** encode writes an operation for its webhook. */
  encode(webhook: Webhook, snapshot: Snapshot): string;
  /** source returns the URL of all operations, as seen from the origin of a create. */
  source(origin: string): string;
  /** join runs writes in the object's next group of writes. */
  join(write: () => void): Promise<void>;
  /** isThere returns whether an operation can still be read. */
  isThere(id: string): boolean;
  /** keepAwake holds the object until the promise settles. */
  keepAwake(promise: Promise<unknown>): void;
  /** note logs a line at a verbosity that is off by default. */
  note(message: string, fields: Fields): void;
  /** trying begins the span of a try, if it has one. */
  trying(delivery: Delivery, now: number): Trying | undefined;
  /**
   * counted receives the outcome of a try: `delivered`, `pending` if there will be another, or how the delivery ended.
   */
  counted(outcome: DeliveryState | "refused"): void;
  /** panicked receives errors that nobody expected. */
  panicked(thrown: unknown, fields: Fields): void;
}

/** UnderWay is a try that is running. */
interface UnderWay {
  readonly host: string;
  readonly abort: AbortController;
}

/**
 * Deliveries sends webhooks for operations that have ended, each at least once, alongside everything else that the
 * object does: a try is started and not awaited, and its outcome joins the next group of writes. A try that was running
 * when the object died is still due and is made again, with the same `webhook-id`, so that receivers can recognize it.
 *
 * - D1. The cost of a group of writes does not depend on how many deliveries wait.
 * - D2. Only the ID and the time of a waiting delivery are in memory; its content is read when it is tried. At most
 *   `maxPerHost` wait for one host and `maxWaiting` in all; further ones are refused.
 */
export class Deliveries {
  readonly #store: DeliveryStore;
  readonly #around: Surroundings;
  readonly #underWay = new Map<string, UnderWay>();
  #lazyQueues: DeliveryQueues | undefined;
  /** Whether failing targets are being left alone. */
  #isPausing = false;
  /** When to look again, after a look that failed. */
  #notBefore = Number.NEGATIVE_INFINITY;

  constructor(sql: SqlStorage, around: Surroundings) {
    this.#store = new DeliveryStore(sql);
    this.#around = around;
  }

  /** underWay is what the object must stay awake for: tries, and the pause before the next. */
  get underWay(): number {
    return this.#underWay.size + (this.#isPausing ? 1 : 0);
  }

  /** get returns the delivery of an operation. */
  get(id: string): Delivery | undefined {
    return this.#store.get(id);
  }

  /**
   * begin creates the delivery of an operation that has ended, or begins it again, by writing one row. The runtime
   * holds back everything that leaves the object until the row is on disk, so the webhook is sent after that. A try
   * that is already running is not repeated. If too many deliveries wait already, this one ends immediately and records
   * why.
   */
  begin(snapshot: Snapshot, webhook: Webhook, now: number): Delivery {
    const { id, status, finishedAt = now, trace, imported } = snapshot.op;
    const { host } = new URL(webhook.url);
    const known = this.#store.get(id);
    const begun = {
      ...(known ? again(known, now) : newDelivery(id, webhook, now)),
      ended: { status, at: finishedAt },
      ...(imported && ({ imported: true } as const)),
      ...(trace && { trace }),
    };
    const isNew = !this.#underWay.has(id) && !this.#read().has(id);
    if (isNew && this.#read().isFull(host)) {
      const refused = refusedDelivery(begun, `Too many deliveries wait for ${host}`, now);
      this.#store.insert(refused);
      this.#around.counted("refused");
      return refused;
    }
    this.#store.insert(begun, this.#around.encode(webhook, snapshot));
    // Only now: if the row could not be written, the delivery waits as before.
    if (!this.#underWay.has(id)) this.#read().set(id, host, now);
    return begun;
  }

  /**
   * resume continues a delivery whose row came with its operation from another deployment. Its body is written here,
   * since it is signed here. It does nothing for a delivery that is over.
   */
  resume(snapshot: Snapshot, now: number): void {
    const { id, webhook } = snapshot.op;
    const known = this.#store.get(id);
    if (!webhook || known?.nextAt === undefined) return;
    const delivery = { ...known, imported: true } as const;
    const { host } = new URL(delivery.url);
    if (this.#read().isFull(host)) {
      const error = `Too many deliveries wait for ${host}`;
      this.#store.insert(refusedDelivery(delivery, error, now));
      this.#around.counted("refused");
      return;
    }
    this.#store.insert(delivery, this.#around.encode(webhook, snapshot));
    this.#read().set(id, host, known.nextAt);
  }

  /** drop ends the delivery of an operation that was removed. */
  drop(id: string): void {
    this.#store.remove(id);
    this.#underWay.get(id)?.abort.abort();
    this.#underWay.delete(id);
    this.#read().delete(id);
  }

  /** forget removes the row of a delivery that is over. A delivery that is not over is removed when it ends. */
  forget(id: string): void {
    this.#store.removeOver(id);
  }

  /** launch starts the tries that are due, as many as there are lanes. It does not throw. */
  launch(now: number): void {
    if (now < this.#notBefore) return;
    try {
      if (!this.#around.isConfigured) {
        // Another deploy may mend it, and does not wake anything.
        if (this.#read().next(true) <= now) this.#notBefore = now + setback;
        return;
      }
      for (;;) {
        const next = this.#read().take(now, !this.#isPausing);
        if (!next) return;
        const underWay = { host: next.host, abort: new AbortController() };
        this.#underWay.set(next.id, underWay);
        this.#around.keepAwake(this.#try(next.id, underWay, now));
      }
    } catch (thrown) {
      this.#notBefore = now + setback;
      this.#around.panicked(thrown, { event: "deliveries" });
    }
  }

  /**
   * next returns when the object must wake for a delivery, or infinity if none waits for a time: a delivery that is due
   * but has no lane starts when a try or the pause ends. Call it after launch.
   */
  next(now: number): number {
    const first = this.#lazyQueues?.next(true) ?? this.#notBefore;
    const isForPause = this.#isPausing && first <= now;
    const at = isForPause ? (this.#lazyQueues?.next(false) ?? first) : first;
    return Math.max(at, this.#notBefore);
  }

  async #try(id: string, underWay: UnderWay, now: number): Promise<void> {
    const { host, abort } = underWay;
    try {
      const made = await this.#send(id, abort.signal, now);
      await this.#around.join(() => this.#ended(id, underWay, made));
    } catch (thrown) {
      this.#around.panicked(thrown, { event: "delivery", operation: id });
      this.#over(id, underWay, Date.now() + setback);
      this.#left(host, false);
    }
  }

  async #send(id: string, signal: AbortSignal, now: number): Promise<Try | undefined> {
    const delivery = this.#store.get(id);
    const body = this.#store.body(id);
    if (!delivery || body === undefined) return undefined;
    const { isDevelopment } = this.#around;
    const keys = await this.#around.keys(delivery.imported === true);
    if (!keys.ok) return { at: now, error: keys.failure };
    const secrets = keys.value;
    const source = this.#around.source(delivery.origin);
    const trying = this.#around.trying(delivery, now);
    const traced = trying ? { ...delivery, trace: trying.trace } : delivery;
    const call = { delivery: traced, body, source, secrets, isDevelopment, now, signal };
    const answer = await sendWebhook(call, (reason) =>
      this.#around.note("webhook not reached", {
        operation: id,
        reason,
        ...(delivery.trace && { trace: traceIdOf(delivery.trace) }),
      }),
    );
    trying?.ended(answer);
    return { at: now, ...answer };
  }

  /** Stores the outcome of a try, unless the delivery was dropped meanwhile. */
  #ended(id: string, underWay: UnderWay, made: Try | undefined): void {
    const before = this.#store.get(id);
    const isOurs = this.#underWay.get(id) === underWay;
    let nextAt: number | undefined;
    if (made && before && isOurs) {
      const delivery = tried(before, made, Date.now(), Math.random());
      nextAt = delivery.nextAt;
      this.#around.counted(delivery.state);
      if (nextAt === undefined && !this.#around.isThere(id)) this.#store.remove(id);
      else this.#store.put(delivery);
    } else if (isOurs) {
      // There is nothing to send.
      this.#store.remove(id);
    }
    // Last, so that an error above gives the lane back only once.
    this.#over(id, underWay, nextAt);
    // A dropped delivery says nothing about its target.
    const says = made && !underWay.abort.signal.aborted;
    this.#left(underWay.host, says ? "status" in made && made.status < 300 : undefined);
  }

  /** Ends a try; if there is to be another, the delivery waits for it. */
  #over(id: string, underWay: UnderWay, nextAt: number | undefined): void {
    if (this.#underWay.get(id) !== underWay) return;
    this.#underWay.delete(id);
    if (nextAt !== undefined) this.#read().set(id, underWay.host, nextAt);
  }

  #left(host: string, isGood: boolean | undefined): void {
    this.#read().leave(host, isGood, Date.now());
    if (isGood !== false || this.#isPausing) return;
    this.#isPausing = true;
    this.#around.keepAwake(this.#pause());
  }

  async #pause(): Promise<void> {
    await new Promise<void>((resolve) => setTimeout(resolve, probePause));
    this.#isPausing = false;
    // Retries are launched after the group.
    await this.#around.join(() => {});
  }

  /** Rows of an earlier life of the object are read by the first event that needs them. */
  #read(): DeliveryQueues {
    if (!this.#lazyQueues) {
      const queues = new DeliveryQueues();
      for (const { id, nextAt, host } of this.#store.pending()) queues.set(id, host, nextAt);
      this.#lazyQueues = queues;
    }
    return this.#lazyQueues;
  }
}
