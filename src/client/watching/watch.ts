import type { AttemptNews } from "../attempts.ts";
import type { Connection } from "../connection.ts";
import { isFinished, type Operation, operationPath } from "../operation.ts";
import { integerOption } from "../options.ts";
import { type Followed, type FollowOptions, follow } from "./follow.ts";

/** WatchOptions say how to watch one operation. */
export interface WatchOptions extends FollowOptions {
  /** The version that is known; later ones are told. Without it the present state comes first. */
  readonly after?: number | undefined;
  /** Told what attempts log, and the names of steps that are stored, as they come; see OperationsClient.logs. */
  readonly onAttempt?: ((news: AttemptNews) => void) | undefined;
}

/** maxVersion is more than any operation has. */
const maxVersion = 999_999_999_999_999;

/**
 * watch tells of the changes of one operation, until it has ended.
 *
 * @throws see OperationsClient.watch
 */
export function watch(
  connection: Connection,
  id: string,
  options: WatchOptions,
): AsyncGenerator<Operation, void, void> {
  const { after, onAttempt } = options;
  const path = `${operationPath(id)}/events${onAttempt ? "?attempts=true" : ""}`;
  let last = after === undefined ? undefined : integerOption("after", after, 0, maxVersion);
  const followed: Followed<Operation> = {
    path,
    // Ids are versions; the last that was told is where to go on, whatever came again since.
    place: () => last?.toString(),
    pass: () => undefined,
    take(operation) {
      if (last !== undefined && operation.version <= last) return undefined;
      last = operation.version;
      return operation;
    },
    news: (data) => onAttempt?.(data as AttemptNews),
    isLast: isFinished,
  };
  return follow(connection, followed, options);
}
