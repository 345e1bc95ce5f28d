import type { Operation } from "../../core/operation/operation.ts";
import type { Snapshot } from "../../core/reply.ts";
import type { Savepoints } from "../storage/savepoints.ts";
import type { Panics } from "./panics.ts";

/** At says when a change is made. */
export interface At {
  /** Milliseconds since 1970. */
  readonly now: number;
  /** The place of the change in the order of the shard. */
  readonly stamp: number;
  /** The operation's input as JSON text, if the change makes the operation. */
  readonly input?: string;
}

/** Follow is what is done once the rows of a change hold. Nothing is stopped by what it throws. */
export type Follow = (() => void) | undefined;

/** Follower is a part of the object that something follows in from changes of operations. */
export interface Follower {
  /** What stands in the log where it breaks. */
  readonly event: string;
  /**
   * changed is called within the write of a change: what it throws takes the change back.
   *
   * @param before how the operation stood; undefined if it is being made
   */
  changed(before: Operation | undefined, after: Snapshot, at: At): Follow;
  /** undone takes back what `changed` noted in memory, if the change does not hold. */
  undone?(before: Operation | undefined, op: Operation): void;
  /** removed is called within the write that removes an operation on request. */
  removed?(op: Operation): Follow;
}

/**
 * Followers are told of every change, in one order: first those that a change must not hold
 * without, then those who are told of it.
 */
export class Followers {
  readonly #followers: readonly Follower[];
  readonly #savepoints: Savepoints;
  readonly #panics: Panics;

  constructor(followers: readonly Follower[], savepoints: Savepoints, panics: Panics) {
    this.#followers = followers;
    this.#savepoints = savepoints;
    this.#panics = panics;
  }

  /** changed tells all of a change that is being written. */
  changed(before: Operation | undefined, after: Snapshot, at: At): void {
    for (const follower of this.#followers) {
      if (follower.undone) this.#savepoints.noted(() => follower.undone?.(before, after.op));
      this.#hold(follower, follower.changed(before, after, at));
    }
  }

  /** removed tells all that an operation is being removed. */
  removed(op: Operation): void {
    for (const follower of this.#followers) this.#hold(follower, follower.removed?.(op));
  }

  #hold({ event }: Follower, follow: Follow): void {
    if (follow) this.#savepoints.held(() => this.#panics.contain(event, follow));
  }
}
