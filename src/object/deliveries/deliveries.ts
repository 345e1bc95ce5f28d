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
 * probePause is how long the targets that fail are left alone after a failed try, all of them, in
 * milliseconds: so ten tries a second are made of them at most, whatever waits for them.
 */
const probePause = 100;

/** Surroundings are what Deliveries needs of the object that it is part of. */
export interface Surroundings {
  /**
   * keys returns what a webhook is signed with, or why there is nothing.
   *
   * @param isImported whether its operation came with an import
   */
  keys(isImported: boolean): Promise<Result<readonly string[], string>>;
  /** Whether the configuration is good; under a bad one nothing is tried, and nothing counts. */
  readonly isConfigured: boolean;
  /** Whether this machine itself may be a target. */
  readonly isDevelopment: boolean;
  /** encode writes an operation for its webhook. */
  encode(webhook: Webhook, snapshot: Snapshot): string;
  /** source returns where operations come from, to whoever came by an origin. */
  source(origin: string): string;
  /** join runs writes in the object's next group of them. */
  join(write: () => void): Promise<void>;
  /** isThere says whether an operation can still be read. */
  isThere(id: string): boolean;
  /** keepAwake holds the object until the promise settles. */
  keepAwake(promise: Promise<unknown>): void;
  /** note writes a line that only those who ask for detail see. */
  note(message: string, fields: Fields): void;
  /** trying begins the span of a try, where it has one. */
  trying(delivery: Delivery, now: number): Trying | undefined;
  /** counted is told what became of a try: `delivered`, `pending` where there is another, or how the delivery is over. */
  counted(outcome: DeliveryState | "refused"): void;
  /** panicked is told of what was thrown and nobody expected. */
  panicked(thrown: unknown, fields: Fields): void;
}

/** UnderWay is a try that is being made. */
interface UnderWay {
  readonly host: string;
  readonly abort: AbortController;
}

/**
 * Deliveries tells the webhooks of operations that have ended, at least once each, beside
 * everything else that the object does: a try is started and not awaited, and what came of it
 * joins the next group of writes. A try that was under way when the object died is due still, and
 * is made again; the `webhook-id` is the same, so that receivers can tell.
 *
 * - D1. What a group of writes costs does not grow with how many deliveries wait.
 * - D2. Of what waits, its id and its time are in memory, and no more; what is sent is read for its
 *   try. At most `maxPerHost` wait for one host and `maxWaiting` in all; one more is refused.
 */
export class Deliveries {
  readonly #store: DeliveryStore;
  readonly #around: Surroundings;
  readonly #underWay = new Map<string, UnderWay>();
  #lazyQueues: DeliveryQueues | undefined;
  /** Whether targets that failed are left alone for a moment. */
  #isPausing = false;
  /** When to look again, after a look that failed. */
  #notBefore = Number.NEGATIVE_INFINITY;

  constructor(sql: SqlStorage, around: Surroundings) {
    this.#store = new DeliveryStore(sql);
    this.#around = around;
  }

  /** underWay is what this object has to stay awake for: tries, and the pause before the next. */
  get underWay(): number {
    return this.#underWay.size + (this.#isPausing ? 1 : 0);
  }

  /** get returns what is known of an operation's delivery. */
  get(id: string): Delivery | undefined {
    return this.#store.get(id);
  }

  /**
   * begin makes the delivery of an operation that has ended, or begins it again: one row. It is
   * sent once the row is on disk, since the runtime holds what leaves the object until then. A try
   * that is under way already is not repeated. Where too many wait already, the delivery is over
   * with the first look at it, and says why.
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
    // Only now: if the row could not be written, it waits as it did.
    if (!this.#underWay.has(id)) this.#read().set(id, host, now);
    return begun;
  }

  /**
   * resume goes on with a delivery whose row has come with its operation from another deployment: what it
   * sends is written here, since it is signed here. It does nothing for one that is over.
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

  /** forget removes what is kept of a delivery that is over. One that is not removes itself in the end. */
  forget(id: string): void {
    this.#store.removeOver(id);
  }

  /** launch starts the tries that are due, as many as there are lanes. It does not throw. */
  launch(now: number): void {
    if (now < this.#notBefore) return;
    try {
      if (!this.#around.isConfigured) {
        // Another deploy may do it, and wakes nobody by itself.
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
   * next returns when the object must wake for a delivery, or infinity if none waits for time: what
   * is due and has no lane is started when a try or the pause ends. Call it after launch.
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

  /** What came of a try is written, unless the delivery was dropped meanwhile. */
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
    // Last, so that what throws above leaves its lane only once.
    this.#over(id, underWay, nextAt);
    // One that was dropped says nothing of its target.
    const says = made && !underWay.abort.signal.aborted;
    this.#left(underWay.host, says ? "status" in made && made.status < 300 : undefined);
  }

  /** A try is no longer under way; its delivery waits for the next, if there is to be one. */
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
    // What may be tried again is launched after the group.
    await this.#around.join(() => {});
  }

  /** What an earlier life of the object has left is read by the first event that needs it. */
  #read(): DeliveryQueues {
    if (!this.#lazyQueues) {
      const queues = new DeliveryQueues();
      for (const { id, nextAt, host } of this.#store.pending()) queues.set(id, host, nextAt);
      this.#lazyQueues = queues;
    }
    return this.#lazyQueues;
  }
}
