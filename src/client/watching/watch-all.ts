import { decodePosition } from "../../core/position.ts";
import type { Connection } from "../connection.ts";
import { isFinished, type Operation } from "../operation.ts";
import { type Filter, filterQuery } from "../options.ts";
import { type Followed, type FollowOptions, follow } from "./follow.ts";

/** WatchAllOptions are the options of `watchAll`. */
export interface WatchAllOptions extends FollowOptions, Filter {
  /** Where to resume: the `position` of the last change received by a watch with the same filter. */
  readonly after?: string | undefined;
  /**
   * Called when an operation has been deleted, even while the connection was lost, as far as the service
   * remembers. Expiry is not reported: see `expiresAt`.
   */
  readonly onDeleted?: ((deletion: Deletion) => void) | undefined;
}

/** Deletion reports a deleted operation. */
export interface Deletion {
  readonly id: string;
  /** Pass it as `after` to resume after it later. Opaque. */
  readonly position: string;
}

/** Change is an operation after a change. */
export interface Change {
  readonly operation: Operation;
  /** Pass it as `after` to resume after this change later. Opaque. */
  readonly position: string;
}

/**
 * watchAll yields the changes of all operations that match the filter, without end.
 *
 * @throws see OperationsClient.watchAll
 */
export function watchAll(
  connection: Connection,
  options: WatchAllOptions,
): AsyncGenerator<Change, void, void> {
  const { after, onDeleted } = options;
  if (after !== undefined && !decodePosition(after)) {
    throw new RangeError("Invalid after: must be the position of an earlier change");
  }
  const query = filterQuery(options).toString();
  // Only of unfinished operations, so it does not grow without bounds.
  const versions = new Map<string, number>();
  let position = after;
  const followed: Followed<Change> = {
    path: query === "" ? "/events" : `/events?${query}`,
    place: () => position,
    pass(id) {
      position = id;
    },
    take(operation) {
      const { id, version } = operation;
      if (version <= (versions.get(id) ?? 0)) return undefined;
      if (isFinished(operation)) versions.delete(id);
      else versions.set(id, version);
      return { operation, position: position ?? "" };
    },
    drop(id) {
      versions.delete(id);
      onDeleted?.({ id, position: position ?? "" });
    },
    isLast: () => false,
  };
  return follow(connection, followed, options);
}
