import type { TenantPlace } from "../place.ts";
import { WaitingWorkers } from "./waiting-workers.ts";

/** The workers that wait in this isolate, by the bindings through which their objects are reached. */
const all = new WeakMap<object, Map<string, WaitingWorkers>>();

type Place = Pick<TenantPlace, "joins" | "env" | "tenant">;

/** waitingWorkers returns those of a tenant that wait for these kinds; where calls are not combined, each waits alone. */
export function waitingWorkers(place: Place, kinds: readonly string[]): WaitingWorkers {
  const { joins, env } = place;
  if (!joins) return new WaitingWorkers();
  const known = all.get(env) ?? new Map<string, WaitingWorkers>();
  all.set(env, known);
  const name = nameOf(place, kinds);
  const found = known.get(name);
  if (found) return found;
  const made = new WaitingWorkers(() => {
    if (known.get(name) === made) known.delete(name);
  });
  known.set(name, made);
  return made;
}

/** othersWaiting returns those that wait for these kinds already; undefined if nobody does. */
export function othersWaiting(place: Place, kinds: readonly string[]): WaitingWorkers | undefined {
  return place.joins ? all.get(place.env)?.get(nameOf(place, kinds)) : undefined;
}

function nameOf({ tenant }: Place, kinds: readonly string[]): string {
  return JSON.stringify([tenant, [...new Set(kinds)].sort()]);
}
