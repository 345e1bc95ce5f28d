import { distance } from "fastest-levenshtein";
import { type OperationsClient, RequestError } from "../client/index.ts";
import { usage } from "./exit-status.ts";
import type { Session } from "./session.ts";

/**
 * checkKinds refuses kinds in a filter that the service does not know: they would silently match nothing. A kind that
 * still has operations is known. It costs one request, plus one for each kind that is not listed.
 *
 * @throws CommandFailure that names the nearest kind; otherwise what the client throws
 */
export async function checkKinds(
  { signal }: Session,
  client: OperationsClient,
  wanted: readonly string[],
): Promise<void> {
  if (wanted.length === 0) return;
  const kinds = (await client.kinds({ signal })).map(({ kind }) => kind);
  for (const name of new Set(wanted)) {
    if (kinds.includes(name)) continue;
    const { operations } = await client.listPage({ kinds: [name], pageSize: 1 }, { signal });
    if (operations.length === 0) throw usage(unknownKind(name, kinds));
  }
}

/**
 * ofKind makes a request about one kind. If the service does not know the kind, it fetches the existing ones, which
 * costs another request.
 *
 * @throws CommandFailure that names the nearest kind; otherwise what the request throws
 */
export async function ofKind<T>(
  { signal }: Session,
  client: OperationsClient,
  name: string,
  request: () => Promise<T>,
): Promise<T> {
  try {
    return await request();
  } catch (thrown) {
    if (!(thrown instanceof RequestError && thrown.code === "kind-not-found")) throw thrown;
    // A token may be allowed to write but not to read.
    const kinds = await client.kinds({ signal }).catch(() => []);
    throw usage(
      unknownKind(
        name,
        kinds.map(({ kind }) => kind),
      ),
    );
  }
}

/** unknownKind returns the failure for a kind that does not exist, with the one that may have been meant. */
export function unknownKind(name: string, kinds: readonly string[]): string {
  const near = nearest(name, kinds);
  const hint = near === undefined ? "" : `did you mean ${near}? `;
  return `Cannot find kind ${JSON.stringify(name)}: ${hint}run kubecfg kinds to list them`;
}

/** The word that differs least, if at most half of it does. */
function nearest(name: string, words: readonly string[]): string | undefined {
  const measured = words.map((word) => ({
    word,
    by: distance(name.toLowerCase(), word.toLowerCase()),
  }));
  const best = measured.sort((a, b) => a.by - b.by)[0];
  return best && best.by <= Math.floor(best.word.length / 2) ? best.word : undefined;
}
