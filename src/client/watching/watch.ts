import type { AttemptNews } from "../attempts.ts";
import type { Connection } from "../connection.ts";
import { isFinished, type Operation, operationPath } from "../operation.ts";
import { integerOption } from "../options.ts";
import { type Followed, type FollowOptions, follow } from "./follow.ts";

/** WatchOptions are the options of `watch`. */
export interface WatchOptions extends FollowOptions {
  /** The last known version; only later ones are yielded. Without it, the current state comes first. */
  readonly after?: number | undefined;
  /** Called with log lines of attempts, and the names of stored steps, as they come; see OperationsClient.logs. */
  readonly onAttempt?: ((news: AttemptNews) => void) | undefined;
}

/** maxVersion is higher than any operation's version. */
const maxVersion = 999_999_999_999_999;

/**
 * watch yields the changes of one operation until it has ended.
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
    // Ids are versions. Resume after the last version that was yielded, even if older ones were received since.
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
