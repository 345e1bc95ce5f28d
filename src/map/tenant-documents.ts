import type { DocumentKey, DocumentPage, DocumentWrite, Requirement } from "../core/document.ts";
import type { Created, Reply } from "../core/reply.ts";
import { once } from "../core/retry.ts";
import { document as kind } from "../kinds/document.ts";
import type { Creating } from "./creating/creating.ts";
import type { Waiting } from "./creating/new-operation.ts";
import type { TenantPlace } from "./place.ts";
import type { Shards } from "./shards.ts";

/** kept is how long the operation of a write is kept, as in the original, in milliseconds. */
const kept = 600_000;

/** home is the shard that holds a tenant's documents, and the operations that write them. */
const home = 0;

/** TenantDocuments is the JSON objects that a tenant stores beside its operations. */
export class TenantDocuments {
  readonly #place: TenantPlace;
  readonly #shards: Shards;
  readonly #creating: Creating;

  constructor(place: TenantPlace, shards: Shards, creating: Creating) {
    this.#place = place;
    this.#shards = shards;
    this.#creating = creating;
  }

  /** get returns a document as JSON text, or undefined if there is none. */
  get(key: DocumentKey): Promise<string | undefined> {
    return this.#shards.at(home).document(key);
  }

  /** list iterates over the documents of a storage in the order of IDs, page by page. */
  async *list(
    storage: string,
    requirements: readonly Requirement[],
  ): AsyncGenerator<readonly string[], void> {
    const query = { storage, requirements, mayBeEmpty: true } as const;
    for (let after: string | undefined = ""; after !== undefined; ) {
      const page: DocumentPage = await this.#shards.at(home).documents({ ...query, after });
      after = page.next;
      if (page.documents.length > 0) yield page.documents;
    }
  }

  /** write creates the operation that writes a document, and waits for its end. */
  write(change: DocumentWrite, waiting: Waiting): Promise<Reply<Created>> {
    const { config } = this.#place;
    const { verb, storage, id } = change;
    const command = {
      shard: home,
      kind: "document",
      input: JSON.stringify(change),
      ttl: Math.min(kept, config.maxTtl),
      deadline: config.defaultDeadline,
      retry: kind.retry ?? once,
      interruptions: {},
      labels: {},
      metadata: JSON.stringify({ verb, storage, id }),
    };
    return this.#creating.ended(waiting, (held) =>
      this.#shards.joined(home).createWrite(command, change, held),
    );
  }
}
