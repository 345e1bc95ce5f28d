import type { Rooms } from "../object/rooms.ts";
import { moveClockTo } from "./clock.ts";

/** Order tells an object to do what is due. What travels is plain data. */
export interface Order {
  /** The time that it is to be there, at least, in milliseconds since 1970. */
  readonly now?: number;
  /** How long work that does not end is waited for, in milliseconds of real time. */
  readonly patience: number;
}

/** Turn is what an object has done at an order, and what comes next. */
export interface Turn {
  /** When it was done. */
  readonly now: number;
  /** Whether anything has changed that another object may care about. */
  readonly hasChanged: boolean;
  /** When something is next due, or infinity. */
  readonly next: number;
}

// A test may put timers of its own in place of these.
const { setTimeout } = globalThis;
const realNow = performance.now.bind(performance);

/** mostSweeps bounds what one order does, should something stay due. */
const mostSweeps = 1_000;

/** Attempts that were waited for in vain, by map: nothing waits for them again. */
const hanging = new WeakMap<Rooms, Set<string>>();

/**
 * takeTurn has one map do all that is due: what its alarm would do, and the work and the webhooks that
 * this starts, until nothing is left. Work that waits for an answer waits on; work that has not ended
 * when the patience does is left alone.
 */
export async function takeTurn(rooms: Rooms, { now, patience }: Order): Promise<Turn> {
  if (now !== undefined) moveClockTo(now);
  // Nothing was ever written here, and an order writes nothing.
  if (!rooms.sql.isMade) return { now: Date.now(), hasChanged: false, next: Infinity };
  const before = rooms.store.changes.last;
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
    hasChanged: rooms.store.changes.last !== before,
    next: nextOf(rooms, time),
  };
}

/** When time next changes something in a map, or in what it tells others. */
function nextOf(rooms: Rooms, now: number): number {
  const { reservations, deliveries, schedule } = rooms;
  return Math.min(schedule.next(now), deliveries.next(now), reservations.next ?? Infinity);
}

/** workEnds waits for the work and the webhooks that are under way, and says whether there were any. */
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
