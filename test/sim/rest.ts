import type { Operation } from "../../src/core/operation.ts";
import { narrow } from "./runtime/kinds.ts";
import { type Network, shortId } from "./runtime/network.ts";
import type { ObjectHost } from "./runtime/object-host.ts";
import type { World } from "./runtime/world.ts";

/** patience is how long, in milliseconds, what is due may be left alone: the longest setback of the map. */
export const patience = 70_000;

const isTerminal = ({ status }: Operation) => /^(succeeded|failed|canceled)$/.test(status);

/** rowsOf reads what is on the disk of an object. */
export function rowsOf(host: ObjectHost): Operation[] {
  if (host.lives === 0) return [];
  const tables = host.database.all("SELECT 1 FROM sqlite_master WHERE name = 'operations'");
  if (tables.length === 0) return [];
  return host.database
    .all("SELECT doc FROM operations")
    .map(({ doc }) => JSON.parse(String(doc)) as Operation);
}

/**
 * checkAtRest holds what is on disk against what must be so once nothing has gone wrong for
 * `patience`. It asks the objects nothing.
 */
export function checkAtRest(world: World, network: Network, told: ReadonlySet<string>): void {
  const now = world.wall;
  const keys = new Map<string, string>();
  for (const host of network.hosts.values()) {
    const rows = rowsOf(host);
    checkDeliveries(world, host, rows, told);
    for (const op of rows) {
      if (isTerminal(op)) {
        if (now >= (op.expiresAt ?? now + 1)) continue;
      } else checkUnfinished(world, network, host, op, rows);
      const key = op.idempotency?.key;
      if (key === undefined) continue;
      const other = keys.get(key);
      if (other !== undefined) {
        world.fail("S10", `key ${key} has made ${shortId(other)} and ${shortId(op.id)}`);
      }
      keys.set(key, op.id);
    }
    const isWaiting = rows.some((op) => !isTerminal(op));
    if (isWaiting && host.alarm.onDisk === null) {
      world.fail("S12", `${host.name} has unfinished work and no alarm`);
    }
  }
}

function checkUnfinished(
  world: World,
  network: Network,
  host: ObjectHost,
  op: Operation,
  rows: readonly Operation[],
): void {
  const now = world.wall;
  const where = `operation ${shortId(op.id)} of ${host.name}`;
  if (now > op.deadlineAt + 61_000) {
    world.fail("S4", `${where} is ${op.status}, ${now - op.deadlineAt} ms past its deadline`);
  }
  if (op.external) {
    if (now > (op.leaseExpiresAt ?? now) + patience) {
      world.fail("S12", `${where} is held by a worker whose lease has run out`);
    }
    return;
  }
  const isAlive = [...network.attempts.values()].some(
    ({ task, life }) => task.id === op.id && task.attempt === op.attempt && life === host.life,
  );
  if (op.status === "pending") {
    const since = now - Math.max(op.startAt ?? 0, op.updatedAt);
    const under = rows.filter(
      ({ kind, status, isParked }) =>
        kind === op.kind && !isParked && (status === "running" || status === "input_required"),
    );
    const mustWait = op.kind === narrow && under.length >= 2;
    if (since > patience && !mustWait) world.fail("S12", `${where} could start and does not`);
    return;
  }
  if (!isAlive && !op.isParked) {
    world.fail("S12", `${where} is ${op.status} at attempt ${op.attempt}, and nobody is at it`);
  }
}

function checkDeliveries(
  world: World,
  host: ObjectHost,
  rows: readonly Operation[],
  told: ReadonlySet<string>,
): void {
  if (rows.length === 0) return;
  const deliveries = new Map(
    host.database
      .all("SELECT id, next_at, doc FROM deliveries")
      .map(({ id, next_at, doc }) => [id, { nextAt: next_at, ...JSON.parse(String(doc)) }]),
  );
  for (const op of rows) {
    if (!op.webhook || !isTerminal(op) || world.wall >= (op.expiresAt ?? 0)) continue;
    const delivery = deliveries.get(op.id);
    const where = `the webhook of ${shortId(op.id)}`;
    if (!delivery) world.fail("S17", `${where} is not to be told of its end`);
    else if (delivery.nextAt !== null && world.wall > Number(delivery.nextAt) + 2 * patience) {
      world.fail("S17", `${where} is due since ${delivery.nextAt} and is not told`);
    } else if (delivery.state === "delivered" && !told.has(op.id)) {
      world.fail("S17", `${where} counts as told and was not`);
    }
  }
}

/** checkExpired holds that nothing is left on disk of what has expired. */
export function checkExpired(world: World, network: Network): void {
  for (const host of network.hosts.values()) {
    const rows = rowsOf(host);
    for (const op of rows) {
      const since = world.wall - (op.expiresAt ?? world.wall);
      if (since < 200_000) continue;
      world.fail("S14", `operation ${shortId(op.id)} is on disk ${since} ms past its expiry`);
    }
    if (host.lives === 0 || rows.length > 0) continue;
    const [left] = host.database.all("SELECT key, id FROM idempotency");
    if (left) {
      const whose = `key ${left.key} of operation ${shortId(String(left.id))}`;
      world.fail("S14", `${host.name} has the ${whose}, which is gone`);
    }
  }
}
