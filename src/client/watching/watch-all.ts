import { decodePosition } from "../../core/position.ts";
import type { Connection } from "../connection.ts";
import { isFinished, type Operation } from "../operation.ts";
import { type Filter, filterQuery } from "../options.ts";
import { type Followed, type FollowOptions, follow } from "./follow.ts";

/** WatchAllOptions say which operations to watch, and from where on. */
export interface WatchAllOptions extends FollowOptions, Filter {
  /** The `position` of the last change that is known, of a watch with the same filter. */
  readonly after?: string | undefined;
  /**
   * Told when somebody has deleted an operation, also while the watch was lost, as far as the service
   * remembers. An expiry is not told: `expiresAt` is.
   */
  readonly onDeleted?: ((deletion: Deletion) => void) | undefined;
}

/** Deletion is an operation that is not there any more. */
export interface Deletion {
  readonly id: string;
  /** Where a later watch goes on after it: opaque text. */
  readonly position: string;
}

/** Change is an operation as it stands since a change. */
export interface Change {
  readonly operation: Operation;
  /** Where a later watch goes on after this change: opaque text. */
  readonly position: string;
}

/**
 * watchAll tells of the changes of all operations that the filter lets through, without an end.
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
  // Of those that have not ended, which all do: it does not grow without bounds.
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
