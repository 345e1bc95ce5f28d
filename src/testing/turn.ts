import type { Operations } from "../object/map/operations.ts";
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
const hanging = new WeakMap<Operations, Set<string>>();

/**
 * takeTurn has one map do all that is due: what its alarm would do, and the work and the webhooks that
 * this starts, until nothing is left. Work that waits for an answer waits on; work that has not ended
 * when the patience does is left alone.
 */
export async function takeTurn(map: Operations, { now, patience }: Order): Promise<Turn> {
  if (now !== undefined) moveClockTo(now);
  // Nothing was ever written here, and an order writes nothing.
  if (!map.sql.isMade) return { now: Date.now(), hasChanged: false, next: Infinity };
  const before = map.store.changes.last;
  await map.takeUp();
  let hasWaited = await workEnds(map, patience);
  for (let sweeps = 0; sweeps < mostSweeps; sweeps++) {
    if (sweeps > 0 && !hasWaited && nextOf(map, Date.now()) > Date.now()) break;
    await map.join(() => map.sweep(Date.now()));
    hasWaited = await workEnds(map, patience);
  }
  const time = Date.now();
  return {
    now: time,
    hasChanged: map.store.changes.last !== before,
    next: nextOf(map, time),
  };
}

/** When time next changes something in a map, or in what it tells others. */
function nextOf(map: Operations, now: number): number {
  const { reservations, deliveries, schedule } = map;
  return Math.min(schedule.next(now), deliveries.next(now), reservations.next ?? Infinity);
}

/** workEnds waits for the work and the webhooks that are under way, and says whether there were any. */
async function workEnds(map: Operations, patience: number): Promise<boolean> {
  const until = realNow() + patience;
  let hasWaited = false;
  while (atWork(map).length + map.deliveries.underWay > 0) {
    if (realNow() >= until) {
      const given = hanging.get(map) ?? new Set();
      for (const attempt of atWork(map)) given.add(attempt);
      hanging.set(map, given);
      return false;
    }
    hasWaited = true;
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  return hasWaited;
}

/** The attempts whose end is worth waiting for. */
function atWork(map: Operations): string[] {
  return map.attempts.ids
    .map((id) => map.store.get(id, Date.now())?.op)
    .filter((op) => op !== undefined && op.status !== "input_required")
    .map((op) => `${op?.id}/${op?.attempt}`)
    .filter((attempt) => !hanging.get(map)?.has(attempt));
}
