import type { Operation, OperationsClient } from "../client/index.ts";
import { parseIdBeginning } from "../core/id.ts";
import { CommandFailure, ExitStatus } from "./exit-status.ts";
import type { Session } from "./session.ts";

/** shown is how many candidates are listed if the beginning of an ID fits several. */
const shown = 5;

/** looked is how many operations are searched for one beginning of an ID. */
const looked = 10_000;

/**
 * idOf returns the ID that a user means. A whole ID, or text that cannot be the beginning of one, is returned
 * unchanged, without a request. The beginning of an ID is looked up in the list, at the time that it encodes.
 *
 * @throws CommandFailure if no operation's ID begins this way, or several do, of which it lists the newest; otherwise
 * what the list throws
 */
export async function idOf(
  { signal }: Session,
  client: OperationsClient,
  given: string,
): Promise<string> {
  const times = parseIdBeginning(given);
  if (times === undefined) return given;
  const query = {
    // The list leaves both out by itself.
    createdAfter: new Date(Math.min(times.from, latest) - 1),
    createdBefore: new Date(Math.min(times.to, latest) + 1),
  };
  const fitting: Operation[] = [];
  let left = looked;
  for await (const operation of client.list(query, { signal })) {
    if (operation.id.startsWith(given)) fitting.push(operation);
    left -= 1;
    if (fitting.length > shown || left === 0) break;
  }
  const [first, second] = fitting;
  // If not all have been seen, one that fits may not be the only one.
  if (first !== undefined && second === undefined && left > 0) return first.id;
  throw new CommandFailure(ExitStatus.failed, messageOf(given, fitting));
}

/** latest is the last time that RFC 3339 can express, in milliseconds. */
const latest = Date.UTC(9999, 11, 31);

function messageOf(given: string, fitting: readonly Operation[]): string {
  if (fitting.length === 0) return `Cannot find an operation whose id begins with "${given}"`;
  const some = fitting.slice(0, shown).map(({ id, kind, status }) => `${id} (${kind}, ${status})`);
  const more = fitting.length > shown ? " and more" : "";
  return `Cannot tell which operation "${given}" is: ${some.join(", ")}${more}. Use more of its id`;
}
