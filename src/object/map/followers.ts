import type { Operation } from "../../core/operation/operation.ts";
import type { Snapshot } from "../../core/reply.ts";
import type { Savepoints } from "../storage/savepoints.ts";
import type { Panics } from "./panics.ts";

/** At is when a change is made. */
export interface At {
  /** Milliseconds since 1970. */
  readonly now: number;
  /** The stamp of the change, in the order of the shard. */
  readonly stamp: number;
  /** The operation's input as JSON text, if the change creates the operation. */
  readonly input?: string;
}

/** Follow is run once the rows of a change are committed. Its exceptions stop nothing. */
export type Follow = (() => void) | undefined;

/** Follower is a part of the object that reacts to changes of operations. */
export interface Follower {
  /** Its name in the log, for errors. */
  readonly event: string;
  /**
   * changed is called within the write of a change: an exception rolls the change back.
   *
   * @param before the operation before the change; undefined if it is being created
   */
  changed(before: Operation | undefined, after: Snapshot, at: At): Follow;
  /** undone reverts what `changed` noted in memory, if the change is rolled back. */
  undone?(before: Operation | undefined, op: Operation): void;
  /** removed is called within the write that removes an operation on request. */
  removed?(op: Operation): Follow;
}

/**
 * Followers passes every change to all followers, in a fixed order: first those without which a change must not be
 * committed, then those that only react to it.
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

  /** changed passes on a change that is being written. */
  changed(before: Operation | undefined, after: Snapshot, at: At): void {
    for (const follower of this.#followers) {
      if (follower.undone) this.#savepoints.noted(() => follower.undone?.(before, after.op));
      this.#hold(follower, follower.changed(before, after, at));
    }
  }

  /** removed passes on the removal of an operation. */
  removed(op: Operation): void {
    for (const follower of this.#followers) this.#hold(follower, follower.removed?.(op));
  }

  #hold({ event }: Follower, follow: Follow): void {
    if (follow) this.#savepoints.held(() => this.#panics.contain(event, follow));
  }
}
