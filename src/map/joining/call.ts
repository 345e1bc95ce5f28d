import type { Listener, Part } from "../../object/calls.ts";

/** Target is where calls travel together: the shard of an object, or the name of what is read of all objects. */
export type Target = number | string;

/** Call is a call of a tenant's object, or of all, that can travel with others. */
export interface Call<A> {
  readonly to: Target;
  readonly args: A;
  /** How much it holds, in characters. */
  readonly size: number;
  /** Whether it can be made again if it is not known whether it was made. */
  readonly isSafe: boolean;
  /** Whether it returns only once something has ended. */
  readonly lingers: boolean;
  /** Whether any object can take it. */
  readonly isAnywhere?: boolean;
  /** Reads with the same text here return the same, so a group makes one of them, for all. */
  readonly sameAs?: string;
}

/** Caller is the request that a call is part of. It makes calls with its own stubs, to one object or to all. */
export interface Caller<A> {
  /** alone makes a call by itself. */
  alone(args: A): Promise<unknown>;
  /** together makes many calls at once; it rejects if it is not known whether any of them was made. */
  together(calls: readonly A[], listener: Listener | undefined): Promise<Part>;
  /** isRefused returns whether `together` was refused because the object runs code that is too old for it. */
  isRefused(thrown: unknown): boolean;
  /** keep lets a promise settle even if the request is over. */
  keep(promise: Promise<unknown>): void;
}
