import type { Claimed } from "../../core/work.ts";
import type { Part } from "../../object/calls.ts";
import type { ObjectClaims } from "./object-claims.ts";
import { type Claimant, OpenClaim } from "./open-claim.ts";
import { sharedCommands } from "./shared-commands.ts";

/** patience is how long one object may take, in milliseconds, before the next is asked as well. */
const patience = 500;

/** slowest is how long, in milliseconds, objects may take that may have the only work there is. */
const slowest = 10_000;

/** Surroundings are what claims need of the request that makes them. */
export interface Surroundings {
  /** keep lets a promise settle even after the request has ended. */
  keep(promise: Promise<unknown>): void;
  /** failed receives the error of an object that did not claim, if others did, or that did not take something back. */
  failed(thrown: unknown): void;
  /** told receives the outcomes of claims that have all they need, while objects are asked for others. */
  told(part: Part): void;
}

/**
 * claimInTurn makes several claims, of one object after another, until each has as much as was asked for, or as one
 * response should hold: an object limits only its own part. What has been claimed is returned whatever happens to the
 * rest: an object that fails is skipped, and a slow one is not waited for. What arrives late, or was claimed for a worker
 * that has gone away, is given back and does not count as an attempt.
 *
 * @param first the object that is asked first; by default, a random one
 * @returns the outcomes that `told` has not received, each an array of Claimed; what the first object has thrown if all
 * did
 */
export async function claimInTurn(
  objects: readonly ObjectClaims[],
  claimants: readonly Claimant[],
  around: Surroundings,
  first = Math.floor(Math.random() * objects.length),
): Promise<Part> {
  const commands = sharedCommands(claimants.map(({ command }) => command));
  const rest = new Map(
    claimants.map((claimant, index) => [index, new OpenClaim(claimant, commands[index])]),
  );
  const underWay = new Set<Promise<void>>();
  const failures: unknown[] = [];

  const ask = async (object: ObjectClaims): Promise<void> => {
    const needy = [...rest.values()].flatMap((claim) => {
      const needs = claim.needs();
      return needs ? [{ claim, needs }] : [];
    });
    // Slow objects have been asked for the same claims: each begins with others of them.
    const begin = Math.floor((underWay.size * needy.length) / objects.length);
    const asked = [...needy.slice(begin), ...needy.slice(0, begin)];
    let surplus: readonly Claimed[] = [];
    try {
      const found = await object.claim(asked.map(({ needs }) => needs));
      surplus = asked.flatMap(({ claim }, place) => {
        const own = found[place];
        if (!own) claim.passOver();
        return own ? claim.take(object, own) : [];
      });
    } catch (thrown) {
      failures.push(thrown);
      for (const { claim } of asked) claim.fail(thrown);
    }
    await object.release(surplus).catch(around.failed);
  };
  const close = (isOver: (claim: OpenClaim) => boolean): Part =>
    [...rest].flatMap(([index, claim]) => {
      if (!isOver(claim)) return [];
      rest.delete(index);
      const settled = claim.close(objects.length);
      for (const [object, own] of claim.left()) {
        around.keep(object.release(own).catch(around.failed));
      }
      return [[index, settled] as const];
    });

  for (const object of [...objects.slice(first), ...objects.slice(0, first)]) {
    const done = close((claim) => !claim.needs());
    if (done.length > 0 && rest.size > 0) around.told(done);
    if (rest.size === 0) return done;
    const asked = ask(object);
    const settled = asked.finally(() => underWay.delete(settled));
    underWay.add(settled);
    around.keep(settled);
    await within(settled, patience);
  }
  if (underWay.size > 0) {
    const part = close((claim) => !claim.isEmpty());
    if (rest.size === 0) return part;
    if (part.length > 0) around.told(part);
    await within(Promise.all(underWay), slowest);
  }
  if (failures.length < objects.length) for (const thrown of failures) around.failed(thrown);
  const again = [...rest].filter(([, claim]) => claim.isToRepeat());
  const part = close((claim) => !claim.isToRepeat());
  if (again.length === 0) return part;
  if (part.length > 0) around.told(part);
  for (const [, claim] of again) claim.close(objects.length);
  // The first of them is not passed over again.
  const indexes = again.map(([index]) => index);
  const named = (of: Part): Part => of.map(([place, settled]) => [indexes[place] ?? 0, settled]);
  const repeated = again.flatMap(([index]) => claimants[index] ?? []);
  const told = (of: Part) => around.told(named(of));
  return named(await claimInTurn(objects, repeated, { ...around, told }));
}

async function within(promise: Promise<unknown>, milliseconds: number): Promise<void> {
  const { promise: late, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, milliseconds);
  await Promise.race([promise, late]);
  clearTimeout(timer);
}
