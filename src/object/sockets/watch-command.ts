import type { WatchFilter } from "../../core/watch.ts";

/** WatchCommand asks for the changes of one operation, or of all that a filter lets through. */
export interface WatchCommand {
  /** The shard that it goes to. */
  readonly shard: number;
  /** The origin of the URLs in what is told. */
  readonly origin: string;
  /** Whether the watcher may ask for the end of what it watches. */
  readonly mayCancel: boolean;
  readonly target: OneTarget | AllTarget;
}

/** OneTarget is a single operation. */
export interface OneTarget {
  readonly id: string;
  /** The version that the watcher knows. */
  readonly after?: number;
  /** Whether the watcher is told what attempts log, and of their steps; older code does not. */
  readonly attempts?: true;
}

/** AllTarget is every operation of the shard that the filter lets through. */
export interface AllTarget {
  readonly filter: WatchFilter;
  /** The stamp that the watcher has read up to. */
  readonly since?: number;
}
