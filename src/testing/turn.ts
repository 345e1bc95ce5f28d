import type { Rooms } from "../object/rooms.ts";
import { moveClockTo } from "./clock.ts";

/** Order tells an object to do whatever is due. It is plain data. */
export interface Order {
  /** The time to move the clock to, at least, in milliseconds since 1970. */
  readonly now?: number;
  /** How long to wait for work that does not end, in milliseconds of real time. */
  readonly patience: number;
}

/** Turn is what an object did for an order, and what comes next. */
export interface Turn {
  /** The time when it was done. */
  readonly now: number;
  /** The stamp of the last change, by whomever: it grows with each. */
  readonly changed: number;
  /** When something is due next, or infinity. */
  readonly next: number;
}

// A test may replace the global timers.
const { setTimeout } = globalThis;
const realNow = performance.now.bind(performance);

/** mostSweeps limits what one order does, in case something stays due. */
const mostSweeps = 1_000;

/** Attempts that did not end in time, by map: nothing waits for them again. */
const hanging = new WeakMap<Rooms, Set<string>>();

/**
 * takeTurn makes one map do everything that is due: what its alarm would do, and the work and the webhooks that this
 * starts, until nothing is left. It does not wait for work that waits for an answer, nor for work that does not end
 * within `patience`.
 */
export async function takeTurn(rooms: Rooms, { now, patience }: Order): Promise<Turn> {
  if (now !== undefined) moveClockTo(now);
  // Nothing has been written here yet, and an order writes nothing.
  if (!rooms.sql.isMade) return { now: Date.now(), changed: 0, next: Infinity };
  await rooms.upkeep.takeUp();
  let hasWaited = await workEnds(rooms, patience);
  for (let sweeps = 0; sweeps < mostSweeps; sweeps++) {
    if (sweeps > 0 && !hasWaited && nextOf(rooms, Date.now()) > Date.now()) break;
    await rooms.writes.join(() => rooms.upkeep.sweep(Date.now()));
    hasWaited = await workEnds(rooms, patience);
  }
  const time = Date.now();
  return {
    now: time,
    changed: rooms.store.changes.last(),
    next: nextOf(rooms, time),
  };
}

/** When time next changes something in a map, or is to notify somebody. */
function nextOf(rooms: Rooms, now: number): number {
  const { reservations, deliveries, schedule } = rooms;
  return Math.min(schedule.next(now), deliveries.next(now), reservations.next ?? Infinity);
}

/** workEnds waits for the work and the webhooks in progress, and says whether there were any. */
async function workEnds(rooms: Rooms, patience: number): Promise<boolean> {
  const until = realNow() + patience;
  let hasWaited = false;
  while (atWork(rooms).length + rooms.deliveries.underWay > 0) {
    if (realNow() >= until) {
      const given = hanging.get(rooms) ?? new Set();
      for (const attempt of atWork(rooms)) given.add(attempt);
      hanging.set(rooms, given);
      return false;
    }
    hasWaited = true;
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  return hasWaited;
}

/** The attempts whose end is worth waiting for. */
function atWork(rooms: Rooms): string[] {
  return rooms.attempts.ids
    .map((id) => rooms.store.get(id, Date.now())?.op)
    .filter((op) => op !== undefined && op.status !== "input_required")
    .map((op) => `${op?.id}/${op?.attempt}`)
    .filter((attempt) => !hanging.get(rooms)?.has(attempt));
}
