import type { WatchFilter } from "../../core/watching/watch.ts";

/** WatchCommand watches the changes of one operation, or of all that match a filter. */
export interface WatchCommand {
  /** The shard that it goes to. */
  readonly shard: number;
  /** The origin of the URLs in the frames. */
  readonly origin: string;
  /** Whether the watcher may cancel what it watches. */
  readonly mayCancel: boolean;
  readonly target: OneTarget | AllTarget;
}

/** OneTarget is a single operation. */
export interface OneTarget {
  readonly id: string;
  /** The version that the watcher knows. */
  readonly after?: number;
  /** Whether the watcher receives the log lines and steps of attempts; older code does not. */
  readonly attempts?: true;
}

/** AllTarget is every operation of the shard that matches the filter. */
export interface AllTarget {
  readonly filter: WatchFilter;
  /** The stamp that the watcher has read up to. */
  readonly since?: number;
}
