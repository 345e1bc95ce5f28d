import { type Failure, notFound } from "../../core/errors.ts";
import { notHeld, refusal } from "../../core/operation/attempts.ts";
import type { Event } from "../../core/operation/event.ts";
import { isToUndo, type Operation, type ResultHead } from "../../core/operation/operation.ts";
import type { Payload, Reply, Snapshot } from "../../core/reply.ts";
import type { KindLevels } from "../../core/statistics/kind-levels.ts";
import type { Trace } from "../../core/trace.ts";
import {
  type ClaimCommand,
  type Claimed,
  type ClaimedAttempt,
  maxClaimInput,
  type WorkEnd,
  type WorkReport,
} from "../../core/work.ts";
import type { Left } from "../attempts/attempt-history.ts";
import type { ClaimWaiters } from "../sockets/claim-waiters.ts";
import type { Store } from "../storage/store.ts";
import type { PausedKinds } from "./paused-kinds.ts";
import type { QueueName } from "./queues.ts";
import type { Schedule } from "./schedule.ts";

/** Surroundings are what Work needs of the object. */
export interface Surroundings {
  send(id: string, event: Event, body?: Payload): Reply<Snapshot>;
  /** keep stores what an attempt leaves beside its operation, and returns whether it could. */
  keep(id: string, attempt: number, left: Left): true | undefined;
  /** hasRoom returns whether another attempt may begin here in this group of writes. */
  hasRoom(): boolean;
  /** traceOf returns the trace as the current attempt of an operation continues it. */
  traceOf(op: Operation): Trace | undefined;
  /** again schedules another group of writes. */
  again(): void;
  /** whole runs a write as a whole or not at all. */
  whole<T>(write: () => T): T;
  failed(thrown: unknown, operation: string): void;
  /** withheld receives kinds whose work waits for the next deploy. */
  withheld(kinds: readonly string[]): void;
}

/** Given is what several claims have been handed out in one call. */
interface Given {
  /** How much inputs, in characters, and whether there was no room for more. */
  size: number;
  isFull: boolean;
  /** The kinds that have nothing left, as claims name them. */
  readonly empty: Set<readonly string[]>;
}

/** Found is what each of several claims has taken; null for one that was passed over. */
export type Found = readonly (readonly Claimed[] | null)[];

/** nothing is what a claim takes if there is nothing, always as the same object. */
export const nothing: readonly Claimed[] = [];

/**
 * Work hands out what waits in the queues: to outside workers, which claim, report and end it, and to this object where
 * `maxConcurrent` made it wait. All of it is synchronous, inside one write of the object, so no attempt has two
 * holders.
 */
export class Work {
  readonly #store: Store;
  readonly #schedule: Schedule;
  readonly #around: Surroundings;
  readonly #waiters: ClaimWaiters;
  readonly #paused: PausedKinds;
  #isWithholding = false;
  #turn = 0;

  constructor(
    store: Store,
    schedule: Schedule,
    waiters: ClaimWaiters,
    paused: PausedKinds,
    around: Surroundings,
  ) {
    this.#store = store;
    this.#paused = paused;
    this.#schedule = schedule;
    this.#around = around;
    this.#waiters = waiters;
  }

  /** queue queues an operation whose start time has come, if it has. */
  queue(op: Operation, now: number): boolean {
    const isUndoing = isToUndo(op);
    const isPending = op.status === "pending" || isUndoing;
    const isDue = isPending && now >= (op.startAt ?? now) && now < op.deadlineAt;
    const { queues, agenda } = this.#schedule.read();
    const isFree = () => queues.hasRoom(isUndoing ? { ...op, isUndoing } : op);
    if (!isDue || (!op.external && this.#around.hasRoom() && isFree())) return false;
    agenda.ready(op);
    return true;
  }

  /**
   * claimMany makes several claims, one after another: each takes the next attempts of external work, by priority, then
   * by age. It returns what each has taken; null for one that it has passed over, since the inputs of those before it
   * are as much as one claim may return.
   */
  claimMany(commands: readonly ClaimCommand[]): Found {
    const given: Given = { size: 0, isFull: false, empty: new Set() };
    return commands.map((command) => {
      if (given.isFull) return null;
      if (given.empty.has(command.kinds)) return nothing;
      const claimed = this.#claim(command, given);
      return given.isFull && claimed.length === 0 ? null : claimed;
    });
  }

  #claim({ kinds, max, lease, worker }: ClaimCommand, given: Given): readonly Claimed[] {
    const names = kinds.map((kind): QueueName => ({ kind, external: true }));
    const claimed: Claimed[] = [];
    while (claimed.length < max) {
      const next = this.#schedule.read().queues.next(names);
      if (!next) {
        given.empty.add(kinds);
        break;
      }
      const input = this.#store.input(next.id) ?? "";
      given.isFull = given.size > 0 && given.size + input.length > maxClaimInput;
      if (given.isFull) break;
      const op = this.#begin(next, {
        type: "claim",
        lease,
        ...(worker !== undefined && { worker }),
      });
      if (!op) continue;
      const trace = this.#around.traceOf(op);
      claimed.push({ op: trace ? { ...op, trace } : op, input });
      given.size += input.length;
    }
    return claimed;
  }

  /** release takes back attempts that no worker has seen; they can be claimed immediately. */
  release(claimed: readonly ClaimedAttempt[]): void {
    for (const { id, attempt } of claimed) {
      try {
        this.#around.whole(() => this.#around.send(id, { type: "release", attempt }));
      } catch (thrown) {
        // The lease still ends it, and the others are not held up.
        this.#around.failed(thrown, id);
      }
    }
  }

  /** giveBack takes back an attempt that its worker does not continue. */
  giveBack(id: string, attempt: number): Reply<Snapshot> {
    return this.#refuse(id, attempt) ?? this.#around.send(id, { type: "release", attempt });
  }

  /** report stores what a worker reports of its attempt. */
  report(id: string, { log, ...report }: WorkReport): Reply<Snapshot> {
    const refused = this.#refuse(id, report.attempt);
    if (refused) return refused;
    const leaves = this.#around.keep(id, report.attempt, { log });
    return this.#around.send(id, { type: "progress", ...report, ...(leaves && { leaves }) });
  }

  /** end ends an attempt as its worker says. */
  end(id: string, end: WorkEnd): Reply<Snapshot> {
    const refused = this.#refuse(id, end.attempt);
    if (refused) return refused;
    const finish = { type: "finish", attempt: end.attempt, jitter: Math.random() } as const;
    if ("result" in end) {
      const result = { mediaType: "application/json", size: end.size };
      const outcome = { type: "succeeded", result } as const;
      return this.#around.send(id, { ...finish, outcome }, end.result);
    }
    const { error, retryable } = end;
    const isCanceled = error.code === "canceled" && this.#isCanceling(id);
    const outcome = isCanceled
      ? ({ type: "canceled", message: error.message } as const)
      : ({ type: "failed", error, retryable } as const);
    return this.#around.send(id, { ...finish, outcome });
  }

  /** endWith stores a result that a worker has sent as bytes, or that is in the bucket. */
  endWith(id: string, attempt: number, result: ResultHead, body?: Payload): Reply<Snapshot> {
    const refused = this.#refuse(id, attempt);
    if (refused) return refused;
    const outcome = { type: "succeeded", result } as const;
    return this.#around.send(id, { type: "finish", attempt, jitter: 0, outcome }, body);
  }

  /**
   * setPaused pauses a kind, of which nothing more is started or handed out, or resumes it; it returns the state of all
   * kinds.
   */
  setPaused(kind: string, isPaused: boolean): KindLevels {
    this.#paused.set(kind, isPaused);
    if (!isPaused) this.#schedule.read().queues.resumed(kind);
    return this.levels();
  }

  /** levels returns the state of the kinds that have operations here or are paused. */
  levels(): KindLevels {
    const { levels } = this.#schedule.read().queues;
    const none = { paused: true, running: 0, waiting: 0 };
    const paused = [...this.#paused.all].map((kind) => [kind, none] as const);
    return { ...Object.fromEntries(paused), ...levels };
  }

  /** claimable returns how many operations of these kinds can be claimed. */
  claimable(kinds: readonly string[]): number {
    const { queues } = this.#schedule.read();
    const counts = kinds.map((kind) => queues.available({ kind, external: true }));
    return counts.reduce((sum, count) => sum + count, 0);
  }

  /** wakeWorkers signals again that there is something to claim of these kinds, if there is. */
  wakeWorkers(kinds: readonly string[]): void {
    for (const kind of kinds) {
      const count = this.claimable([kind]);
      if (count > 0) this.#waiters.wake(kind, count);
    }
  }

  /** startNext starts what has become able to start here, and wakes workers for the rest. */
  startNext(): void {
    if (!this.#schedule.isRead) return;
    const { queues } = this.#schedule.read();
    let isHere = false;
    for (const name of queues.stirred()) {
      if (name.external) this.#waiters.wake(name.kind, queues.available(name));
      else isHere = true;
    }
    if (isHere) this.#startHere();
    const { withheld } = queues;
    if (withheld.length > 0 && !this.#isWithholding) this.#around.withheld(withheld);
    this.#isWithholding = withheld.length > 0;
  }

  /** One of each kind in turn, beginning where the last turn ended, so that no kind starves another. */
  #startHere(): void {
    const { queues } = this.#schedule.read();
    const names = queues.here;
    for (let idle = 0; idle < names.length; ) {
      if (!this.#around.hasRoom()) {
        this.#later(names);
        return;
      }
      const name = names[this.#turn++ % names.length];
      const next = name && queues.next([name]);
      idle = next ? 0 : idle + 1;
      if (next) this.#begin(next, { type: "start" });
    }
  }

  /** What has large rows begins over several groups of writes. */
  #later(names: readonly QueueName[]): void {
    const { queues } = this.#schedule.read();
    for (const { kind } of names) queues.resumed(kind);
    this.#around.again();
  }

  /** The operation with its next attempt begun, or undefined; either way it has left its queue. */
  #begin({ id, ...name }: QueueName & { readonly id: string }, event: Event) {
    const now = Date.now();
    let begun: Operation | undefined;
    try {
      const reply = this.#around.whole(() => this.#around.send(id, event));
      if (reply.error) this.#schedule.read().agenda.forget(id);
      // The clock has gone back: look again, but not immediately.
      else if (reply.op.status === "pending" || isToUndo(reply.op))
        this.#schedule.postpone(id, now);
      else if (reply.op.status === "running") begun = reply.op;
    } catch (thrown) {
      this.#schedule.postpone(id, now);
      this.#around.failed(thrown, id);
    }
    this.#schedule.read().queues.drop(name, id);
    return begun;
  }

  #refuse(id: string, attempt: number): { readonly error: Failure } | undefined {
    // A lease or deadline that has passed counts, whether or not the alarm has handled it yet.
    const reply = this.#around.send(id, { type: "tick" });
    if (reply.error) return { error: notFound(id) };
    return refusal(reply.op, attempt) && notHeld(reply.op, attempt);
  }

  #isCanceling(id: string): boolean {
    return this.#store.get(id, Date.now())?.op.cancelRequestedAt !== undefined;
  }
}
