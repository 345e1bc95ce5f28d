import { encodePage, type ListQuery } from "../../core/reply.ts";
import { lacks, type OperationsStub } from "../../object/address.ts";
import type { Part, Settled } from "../../object/calls.ts";

/** Pages reads pages of one shard. */
export interface Pages {
  /** pages returns the outcomes of many queries at once, without those that would have made the message too large. */
  pages(queries: readonly ListQuery[]): Promise<Part>;
}

/** ObjectPages reads pages of an object, which may run older code. */
export class ObjectPages implements Pages {
  readonly #stub: OperationsStub;

  constructor(stub: OperationsStub) {
    this.#stub = stub;
  }

  async pages(queries: readonly ListQuery[]): Promise<Part> {
    const [only] = queries;
    if (!only || queries.length > 1) return this.#stub.pages(queries);
    return [[0, await this.#page(only)]];
  }

  async #page(query: ListQuery): Promise<Settled> {
    try {
      return { value: await this.#stub.page(query) };
    } catch (thrown) {
      if (!lacks(thrown, "page")) return { thrown };
    }
    try {
      // An object with older code parses what it has stored.
      return { value: encodePage(await this.#stub.list(query)) };
    } catch (thrown) {
      return { thrown };
    }
  }
}
