import { ExitStatus, type Status, worst } from "./exit-status.ts";
import { toldOf } from "./failures.ts";
import type { Session } from "./session.ts";

/** Done is what came of several ids: what was found, and the status of what went worst. */
export interface Done<T> {
  readonly found: readonly T[];
  readonly status: Status;
}

/** abreast is how many requests are under way at once. */
const abreast = 8;

/**
 * each does something for every id, a few at once, and keeps their order. What fails for one is told
 * on standard error, and the others go on; with one id alone it is thrown.
 */
export async function each<T>(
  session: Session,
  ids: readonly string[],
  act: (id: string) => Promise<T>,
): Promise<Done<T>> {
  const [only] = ids;
  if (ids.length === 1 && only !== undefined) {
    return { found: [await act(only)], status: ExitStatus.ok };
  }
  const found: (T | undefined)[] = [];
  const statuses: Status[] = [];
  const left = [...ids.entries()];
  const worker = async () => {
    for (let next = left.shift(); next; next = left.shift()) {
      const [index, id] = next;
      try {
        found[index] = await act(id);
      } catch (thrown) {
        if (session.signal.aborted) throw thrown;
        const told = toldOf(thrown, session.host);
        statuses.push(told.status);
        session.tell(told.message);
      }
    }
  };
  await Promise.all(Array.from({ length: abreast }, worker));
  return { found: found.filter((one) => one !== undefined), status: worst(statuses) };
}
