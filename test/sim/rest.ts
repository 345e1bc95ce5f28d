import { isTerminal, isToUndo, type Operation } from "../../src/core/operation/operation.ts";
import type { Invariant } from "./invariants.ts";
import { memoryOf } from "./memory.ts";
import { narrow } from "./runtime/kinds.ts";
import { type Network, shortId } from "./runtime/network.ts";
import type { ObjectHost } from "./runtime/object-host.ts";
import { stepNames } from "./runtime/stepping.ts";
import type { World } from "./runtime/world.ts";
import { undoneOf } from "./steps.ts";
import type { Watch } from "./watch.ts";

/** patience is how long, in milliseconds, what is due may be left alone: the longest setback of the map. */
export const patience = 70_000;

/** longestBackoff is more than any wait between two attempts of a plan. */
const longestBackoff = 60_000;

/** Wrong is what does not hold: the invariant, and how that shows. */
export type Wrong = readonly [invariant: Invariant, message: string];

/** Rest is all that is looked at. */
export interface Rest {
  readonly world: World;
  readonly network: Network;
  readonly watches: readonly Watch[];
  /** Operations whose webhook has taken what it was told. */
  readonly told: ReadonlySet<string>;
  /** Attempts whose work did not begin though nothing was lost. */
  readonly burnt: ReadonlySet<string>;
}

/** rowsOf reads what is on the disk of an object. */
function rowsOf(host: ObjectHost): Operation[] {
  if (host.lives === 0 || !host.database.has("operations")) return [];
  return host.database
    .all("SELECT doc FROM operations")
    .map(({ doc }) => JSON.parse(String(doc)) as Operation);
}

/**
 * wrongAtRest finds what must not be once nothing has gone wrong for `patience`. It asks the objects
 * nothing. What is under way at that moment may seem wrong, and is not a moment later.
 */
export function wrongAtRest(rest: Rest): Wrong[] {
  const { world, network, watches } = rest;
  const wrong: Wrong[] = [];
  const keys = new Map<string, string>();
  const versions = new Map<string, number>();
  for (const host of network.hosts.values()) {
    const rows = rowsOf(host).filter(
      (op) => !isTerminal(op) || world.wall < (op.expiresAt ?? Number.POSITIVE_INFINITY),
    );
    wrong.push(...deliveriesOf(rest, host, rows), ...memory(host, rows));
    for (const op of rows) {
      versions.set(op.id, op.version);
      wrong.push(...(isTerminal(op) ? ended(rest, op) : unfinished(rest, host, op, rows)));
      if (isTerminal(op)) wrong.push(...undoneOf(host, op));
      const key = op.idempotency?.key;
      if (key === undefined) continue;
      const other = keys.get(key);
      if (other !== undefined) {
        wrong.push(["S10", `key ${key} has made ${shortId(other)} and ${shortId(op.id)}`]);
      }
      keys.set(key, op.id);
    }
    // Who has lost its alarm believes in it until it is overdue.
    const { onDisk, isLost } = host.alarm;
    if (rows.some((op) => !isTerminal(op)) && onDisk === null && !isLost) {
      wrong.push(["S12", `${host.name} has unfinished work and no alarm`]);
    }
  }
  for (const watch of watches) wrong.push(...watch.untold(versions));
  return wrong;
}

/** Whether `stepping` has taken its last step, the one after its question: it may be told to hang then. */
function hasGoneOn({ database }: ObjectHost, { id }: Operation): boolean {
  if (!database.has("steps")) return false;
  const last = stepNames.at(-1) ?? "";
  return database.all("SELECT 1 FROM steps WHERE id = ? AND name = ?", [id, last]).length > 0;
}

function unfinished(
  { world, network }: Rest,
  host: ObjectHost,
  op: Operation,
  rows: readonly Operation[],
): Wrong[] {
  const now = world.wall;
  const where = `operation ${shortId(op.id)} of ${host.name}`;
  const late = now - op.deadlineAt;
  if (late > 61_000) return [["S4", `${where} is ${op.status}, ${late} ms past its deadline`]];
  if (op.external) {
    const isLost = now > (op.leaseExpiresAt ?? now) + patience;
    return isLost ? [["S12", `${where} is held by a worker whose lease has run out`]] : [];
  }
  if (op.status === "pending" || isToUndo(op)) {
    const since = now - Math.max(op.startAt ?? 0, op.updatedAt);
    const under = rows.filter((other) => other.kind === op.kind && isUnderWay(other));
    const mustWait = op.kind === narrow && under.length >= 2;
    return since > patience && !mustWait ? [["S12", `${where} could start and does not`]] : [];
  }
  const isAlive = [...network.attempts.values()].some(
    ({ task, life }) => task.id === op.id && task.attempt === op.attempt && life === host.life,
  );
  const isAnswered = op.status === "running" && (op.answers?.length ?? 0) > 0;
  if (isAnswered && now - op.updatedAt > patience && !hasGoneOn(host, op)) {
    return [["S12", `${where} was answered, and its work does not go on`]];
  }
  if (isAlive || op.isParked) return [];
  return [["S12", `${where} is ${op.status} at attempt ${op.attempt}, and nobody is at it`]];
}

/** Work that failed for good, as it does, was tried as often as it may be. */
function ended({ burnt }: Rest, op: Operation): Wrong[] {
  const isItsOwn = op.status === "failed" && op.error?.code === "simulated";
  // A retry that could only start at the deadline is none.
  const isLate = (op.finishedAt ?? 0) + longestBackoff >= op.deadlineAt;
  if (!isItsOwn || isLate || op.cancelRequestedAt !== undefined) return [];
  let tried = op.attempt - (op.resumed ?? 0);
  for (let attempt = 1; attempt <= op.attempt; attempt++) {
    // One that was to undo has not counted.
    const isUndoing = op.history?.past?.some((one) => one.attempt === attempt && one.isUndoing);
    if (burnt.has(`${op.id}/${attempt}`) && !isUndoing) tried -= 1;
  }
  const { maxAttempts } = op.retry;
  if (tried >= maxAttempts) return [];
  const message = `operation ${shortId(op.id)} was tried ${tried} times of ${maxAttempts}`;
  return [["S7", message]];
}

/** What waits for an answer holds no place, and is told in the levels as under way all the same. */
function isUnderWay(op: Operation): boolean {
  const { status, isParked } = op;
  return (status === "running" && !isToUndo(op)) || (status === "input_required" && !isParked);
}

function memory(host: ObjectHost, rows: readonly Operation[]): Wrong[] {
  const map = memoryOf(host);
  if (!map?.schedule.isRead) return [];
  const open = rows.filter((op) => !isTerminal(op));
  const running = open.filter(isUnderWay).length;
  const waiting = open.length - running;
  const level = map.schedule.level();
  if (level.running === running && level.waiting === waiting) return [];
  const told = `${level.running} running and ${level.waiting} waiting`;
  return [["S15", `${host.name} counts ${told}, and has ${running} and ${waiting}`]];
}

function deliveriesOf(
  { world, told }: Rest,
  host: ObjectHost,
  rows: readonly Operation[],
): Wrong[] {
  if (rows.length === 0) return [];
  const deliveries = new Map(
    host.database
      .all("SELECT id, next_at, doc FROM deliveries")
      .map(({ id, next_at, doc }) => [id, { nextAt: next_at, ...JSON.parse(String(doc)) }]),
  );
  return rows.flatMap((op): Wrong[] => {
    if (!op.webhook || !isTerminal(op)) return [];
    const delivery = deliveries.get(op.id);
    const where = `the webhook of ${shortId(op.id)}`;
    if (!delivery) return [["S17", `${where} is not to be told of its end`]];
    const { nextAt, state } = delivery;
    if (nextAt !== null && world.wall > Number(nextAt) + 2 * patience) {
      return [["S17", `${where} is due since ${nextAt} and is not told`]];
    }
    const isTold = state !== "delivered" || told.has(op.id);
    return isTold ? [] : [["S17", `${where} counts as told and was not`]];
  });
}

/** leftBehind finds what is on disk of operations that have expired long ago. */
export function leftBehind({ world, network }: Rest): Wrong[] {
  return [...network.hosts.values()].flatMap((host): Wrong[] => {
    const rows = rowsOf(host);
    for (const op of rows) {
      const since = world.wall - (op.expiresAt ?? world.wall);
      if (since < 200_000) continue;
      return [["S14", `operation ${shortId(op.id)} is on disk ${since} ms past its expiry`]];
    }
    if (rows.length > 0 || !host.database.has("idempotency")) return [];
    const [left] = host.database.all("SELECT key, id FROM idempotency");
    if (!left) return [];
    const whose = `key ${left.key} of operation ${shortId(String(left.id))}`;
    return [["S14", `${host.name} has the ${whose}, which is gone`]];
  });
}
