import type { Session } from "../session.ts";
import { readContexts } from "../settings/contexts.ts";
import type { Candidate, Source } from "./candidates.ts";

/** patience is how long a shell waits for the service, in milliseconds. */
const patience = 3_000;

/** looked is how many operations, the newest, IDs and labels are taken from. */
const looked = 200;

/**
 * known returns the candidates that the service or the saved settings know.
 *
 * @throws whatever the request throws, also if the service takes too long
 */
export async function known(source: Source, session: Session): Promise<readonly Candidate[]> {
  const signal = AbortSignal.any([session.signal, AbortSignal.timeout(patience)]);
  switch (source.from) {
    case "contexts": {
      const { contexts } = await readContexts(() => undefined);
      return Object.entries(contexts).map(([word, { host }]) => ({ word, says: host }));
    }
    case "kinds": {
      const kinds = await (await session.client()).kinds({ signal });
      return kinds.map(({ kind, description }) => ({ word: kind, says: description }));
    }
    case "ids": {
      const { statuses } = source;
      const client = await session.client();
      const { operations } = await client.listPage({ statuses, pageSize: looked }, { signal });
      return operations.map(({ id, kind, status }) => ({ word: id, says: `${kind}, ${status}` }));
    }
    case "labels": {
      const { operations } = await (await session.client()).listPage(
        { pageSize: looked },
        { signal },
      );
      const pairs = operations.flatMap(({ labels }) => Object.entries(labels));
      const words = new Set(pairs.map(([name, value]) => `${name}=${value}`));
      return [...words].sort().map((word) => ({ word, says: "" }));
    }
    default:
      return [];
  }
}
