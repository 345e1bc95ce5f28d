import { distance } from "fastest-levenshtein";
import { type OperationsClient, RequestError } from "../client/index.ts";
import { usage } from "./exit-status.ts";
import type { Session } from "./session.ts";

/**
 * checkKinds refuses kinds that a filter names and the service does not know: they would match nothing,
 * without a word. A kind of which there still are operations is known. It costs a request, and one for
 * each kind that is not listed.
 *
 * @throws CommandFailure that names the nearest kind; as the client does
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
 * ofKind makes a request about one kind. If the service does not know the kind, it asks for those that there
 * are, which costs a request.
 *
 * @throws CommandFailure that names the nearest kind; as the request does
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
    // What may write need not be allowed to read.
    const kinds = await client.kinds({ signal }).catch(() => []);
    throw usage(
      unknownKind(
        name,
        kinds.map(({ kind }) => kind),
      ),
    );
  }
}

/** unknownKind says that there is no such kind, and which one may have been meant. */
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
