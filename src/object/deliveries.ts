import type { Fields } from "../base/log.ts";
import {
  again,
  type Delivery,
  newDelivery,
  type Try,
  tried,
  type Webhook,
} from "../core/delivery.ts";
import type { Snapshot } from "../core/reply.ts";
import { encodeMonitor } from "../protocols/native/monitor.ts";
import { isDevelopmentOrigin } from "../protocols/webhook-target.ts";
import { DeliveryLanes } from "./delivery-lanes.ts";
import { DeliveryStore } from "./delivery-store.ts";
import { sendWebhook } from "./webhook.ts";

/** setback is how long a delivery that could not be handled is left alone, in milliseconds. */
const setback = 60_000;

/** Surroundings are what Deliveries needs of the object that it is part of. */
export interface Surroundings {
  readonly secrets: readonly string[];
  /** join runs writes in the object's next group of them. */
  join(write: () => void): Promise<void>;
  /** isThere says whether an operation can still be read. */
  isThere(id: string): boolean;
  /** keepAwake holds the object until the promise settles. */
  keepAwake(promise: Promise<unknown>): void;
  /** note writes a line that only those who ask for detail see. */
  note(message: string, fields: Fields): void;
  /** panicked is told of what was thrown and nobody expected. */
  panicked(thrown: unknown, fields: Fields): void;
}

interface Waiting {
  readonly host: string;
  nextAt: number;
  /** While a try is under way: ends it. */
  abort?: AbortController;
}

/**
 * Deliveries tells the webhooks of operations that have ended, at least once each, beside
 * everything else that the object does: a try is started and not awaited, and what came of it
 * joins the next group of writes. A try that was under way when the object died is due still, and
 * is made again; the `webhook-id` is the same, so that receivers can tell.
 */
export class Deliveries {
  readonly #store: DeliveryStore;
  readonly #around: Surroundings;
  readonly #lanes = new DeliveryLanes();
  #lazyWaiting: Map<string, Waiting> | undefined;
  /** No delivery without a try under way is due before this. */
  #soonest = Number.NEGATIVE_INFINITY;

  constructor(sql: SqlStorage, around: Surroundings) {
    this.#store = new DeliveryStore(sql);
    this.#around = around;
  }

  /** underWay is how many tries are being made. */
  get underWay(): number {
    return this.#lanes.size;
  }

  /** get answers what is known of an operation's delivery. */
  get(id: string): Delivery | undefined {
    return this.#store.get(id);
  }

  /**
   * begin makes the delivery of an operation that has ended, or begins it again: one row. It is
   * sent once the row is on disk, since the runtime holds what leaves the object until then. A try
   * that is under way already is not repeated.
   */
  begin(snapshot: Snapshot, webhook: Webhook, now: number): Delivery {
    const { id } = snapshot.op;
    const known = this.#store.get(id);
    const delivery = known ? again(known, now) : newDelivery(id, webhook, now);
    this.#store.insert(delivery, encodeMonitor(snapshot, webhook.origin));
    const waiting = this.#waiting.get(id);
    if (waiting) waiting.nextAt = now;
    else this.#waiting.set(id, { host: new URL(delivery.url).host, nextAt: now });
    this.#soonest = Math.min(this.#soonest, now);
    return delivery;
  }

  /** drop ends the delivery of an operation that was removed. */
  drop(id: string): void {
    this.#waiting.get(id)?.abort?.abort();
    this.#waiting.delete(id);
    this.#store.remove(id);
  }

  /** launch starts the tries that are due, as many as there are lanes. It does not throw. */
  launch(now: number): void {
    if (now < this.#soonest || this.#lanes.isFull) return;
    try {
      this.#start(now);
    } catch (thrown) {
      this.#around.panicked(thrown, { event: "deliveries" });
    }
  }

  /**
   * next is when the object must wake for a delivery, or undefined where none waits for time: what
   * is due and has no lane is started when a try ends.
   */
  next(now: number): number | undefined {
    const isIdle = this.#soonest === Number.POSITIVE_INFINITY;
    if (!this.#lazyWaiting?.size || isIdle) return undefined;
    if (this.#soonest <= now && this.#lanes.size > 0) return undefined;
    return this.#soonest;
  }

  #start(now: number): void {
    let soonest = Number.POSITIVE_INFINITY;
    for (const [id, waiting] of this.#waiting) {
      if (waiting.abort) continue;
      if (waiting.nextAt > now || !this.#lanes.enter(waiting.host)) {
        soonest = Math.min(soonest, waiting.nextAt);
        continue;
      }
      waiting.abort = new AbortController();
      this.#around.keepAwake(this.#try(id, waiting, waiting.abort.signal, now));
    }
    this.#soonest = soonest;
  }

  async #try(id: string, waiting: Waiting, signal: AbortSignal, now: number): Promise<void> {
    let isGood = false;
    try {
      const made = await this.#send(id, signal, now);
      // One that was dropped says nothing of its target.
      isGood = signal.aborted || (made !== undefined && "status" in made && made.status < 300);
      await this.#around.join(() => this.#ended(id, waiting, made, isGood));
    } catch (thrown) {
      this.#around.panicked(thrown, { event: "delivery", operation: id });
      this.#lanes.leave(waiting.host, false);
      this.#wait(waiting, Date.now() + setback);
    }
  }

  async #send(id: string, signal: AbortSignal, now: number): Promise<Try | undefined> {
    const delivery = this.#store.get(id);
    const body = this.#store.body(id);
    if (!delivery || body === undefined) return undefined;
    const isDevelopment = isDevelopmentOrigin(delivery.origin);
    const { secrets } = this.#around;
    const call = { delivery, body, secrets, isDevelopment, now, signal };
    const answer = await sendWebhook(call, (reason) =>
      this.#around.note("webhook not reached", { operation: id, reason }),
    );
    return { at: now, ...answer };
  }

  /** What came of a try is written, unless the delivery was dropped meanwhile. */
  #ended(id: string, waiting: Waiting, made: Try | undefined, isGood: boolean): void {
    const before = this.#store.get(id);
    const isOurs = this.#waiting.get(id) === waiting;
    if (made && before && isOurs) {
      const now = Date.now();
      const delivery = tried(before, made, now, Math.random());
      const isOver = delivery.nextAt === undefined;
      if (isOver && !this.#around.isThere(id)) this.#store.remove(id);
      else this.#store.put(delivery);
      if (isOver) this.#waiting.delete(id);
      else this.#wait(waiting, delivery.nextAt ?? now);
    } else if (isOurs) {
      // There is nothing to send.
      this.#waiting.delete(id);
      this.#store.remove(id);
    }
    // Last, so that what throws above leaves its lane only once.
    this.#lanes.leave(waiting.host, isGood);
  }

  #wait(waiting: Waiting, nextAt: number): void {
    waiting.nextAt = nextAt;
    delete waiting.abort;
    this.#soonest = Math.min(this.#soonest, nextAt);
  }

  /** What an earlier life of the object has left is read by the first event that needs it. */
  get #waiting(): Map<string, Waiting> {
    if (!this.#lazyWaiting) {
      const pending = this.#store.pending();
      this.#lazyWaiting = new Map(pending.map(({ id, nextAt, host }) => [id, { nextAt, host }]));
      this.#soonest = pending[0]?.nextAt ?? Number.POSITIVE_INFINITY;
    }
    return this.#lazyWaiting;
  }
}
