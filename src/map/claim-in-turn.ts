import { type ClaimCommand, type Claimed, maxClaimInput } from "../core/work.ts";
import { lacks, type OperationsStub } from "../object/address.ts";

/** patience is how long one object may take, in milliseconds, before the next is asked as well. */
const patience = 500;

/** slowest is how long, in milliseconds, objects may take that may have the only work there is. */
const slowest = 10_000;

/** Surroundings are what a claim needs of its request. */
export interface Surroundings {
  /** Aborts when the worker goes away. */
  readonly signal: AbortSignal;
  /** keep lets a promise settle even after the request has ended. */
  keep(promise: Promise<unknown>): void;
  /** waited receives for how many milliseconds there was nothing to claim. */
  waited?(milliseconds: number): void;
  /** failed receives an object's error if others did not fail. */
  failed(thrown: unknown): void;
}

/**
 * claimInTurn claims from one object after another, a random one first, until there is as much as was asked for, or as
 * one response should hold: an object limits only its own part. What has been claimed is returned whatever happens to
 * the rest: an object that fails is skipped, and a slow one is not waited for. What arrives late, or was claimed for a
 * worker that has gone away, is given back and does not count as an attempt. It throws if every object failed.
 */
export async function claimInTurn(
  stubs: readonly OperationsStub[],
  command: ClaimCommand,
  around: Surroundings,
): Promise<readonly Claimed[]> {
  const { signal } = around;
  const claimed: Claimed[] = [];
  const taken: (readonly [OperationsStub, readonly Claimed[]])[] = [];
  const failures: unknown[] = [];
  const underWay = new Set<Promise<void>>();
  let size = 0;
  let isOver = false;

  const ask = async (stub: OperationsStub, max: number): Promise<void> => {
    try {
      const found = await stub.claim({ ...command, max });
      const isFull = isOver || size >= maxClaimInput;
      const kept = isFull ? [] : found.slice(0, command.max - claimed.length);
      claimed.push(...kept);
      size += kept.reduce((sum, { input }) => sum + input.length, 0);
      taken.push([stub, kept]);
      await release(stub, found.slice(kept.length));
    } catch (thrown) {
      failures.push(thrown);
    }
  };

  const first = Math.floor(Math.random() * stubs.length);
  for (const stub of [...stubs.slice(first), ...stubs.slice(0, first)]) {
    if (claimed.length === command.max || size >= maxClaimInput || signal.aborted) break;
    const asked = ask(stub, command.max - claimed.length);
    const settled = asked.finally(() => underWay.delete(settled));
    underWay.add(settled);
    around.keep(settled);
    await within(settled, patience);
  }
  if (claimed.length === 0 && underWay.size > 0) {
    await within(Promise.race([Promise.all(underWay), aborted(signal)]), slowest);
  }
  isOver = true;
  if (failures.length === stubs.length) throw failures[0];
  for (const thrown of failures) around.failed(thrown);
  if (!signal.aborted) return claimed;
  for (const [stub, kept] of taken) around.keep(release(stub, kept).catch(around.failed));
  return [];
}

/** Gives back what nobody has seen. An object with older code takes it back when its lease ends. */
async function release(stub: OperationsStub, claimed: readonly Claimed[]): Promise<void> {
  if (claimed.length === 0) return;
  try {
    await stub.release(claimed.map(({ op }) => ({ id: op.id, attempt: op.attempt })));
  } catch (thrown) {
    if (!lacks(thrown, "release")) throw thrown;
  }
}

async function within(promise: Promise<unknown>, milliseconds: number): Promise<void> {
  const { promise: late, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, milliseconds);
  await Promise.race([promise, late]);
  clearTimeout(timer);
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
