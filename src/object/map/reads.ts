import { notFound } from "../../core/errors.ts";
import {
  brief,
  type Encoded,
  type ListQuery,
  type Payload,
  type Reply,
  type Snapshot,
  type StoredPage,
} from "../../core/reply.ts";
import { callPages, mostText, type Part } from "../calls.ts";
import type { Settling } from "../schedule/settling.ts";
import { operationIds } from "../storage/operation-ids.ts";
import type { Store } from "../storage/store.ts";
import type { Operations } from "./operations.ts";

/**
 * Reads reads operations in their current state. The only changes it makes are those that are due by now, such as a
 * missed deadline.
 */
export class Reads {
  readonly #sql: SqlStorage;
  readonly #store: Store;
  readonly #map: Pick<Operations, "snapshot" | "encoded">;
  readonly #settling: Settling;

  constructor(
    sql: SqlStorage,
    store: Store,
    map: Pick<Operations, "snapshot" | "encoded">,
    settling: Settling,
  ) {
    this.#sql = sql;
    this.#store = store;
    this.#map = map;
    this.#settling = settling;
  }

  /** encoded returns an operation as JSON text. */
  encoded(id: string): Encoded<Reply<Snapshot>> | Promise<Encoded<Reply<Snapshot>>> {
    // Almost always no change is due, and then the read is synchronous.
    const settled = this.#settling.settle([id]);
    return settled ? settled.then(() => this.#map.encoded(id)) : this.#map.encoded(id);
  }

  /** one returns an operation. */
  async one(id: string): Promise<Reply<Snapshot>> {
    await this.#settling.settle([id]);
    return this.#map.snapshot(id);
  }

  /** many returns several, in the order of `ids`. */
  async many(ids: readonly string[]): Promise<Reply<Snapshot>[]> {
    await this.#settling.settle(ids);
    return ids.map((id) => brief(this.#map.snapshot(id)));
  }

  /** withResult returns an operation, with the body of its result if it has at most `atMost` bytes. */
  async withResult(id: string, atMost: number): Promise<Reply<Snapshot & { body?: Payload }>> {
    const reply = await this.one(id);
    if (reply.error || !reply.op.result || reply.op.result.size > atMost) return reply;
    const body = this.#store.result(id);
    return body === undefined ? reply : { ...reply, body };
  }

  /** part returns the bytes of a result from `start` up to but not including `end`, and reads no others. */
  part(id: string, start: number, end: number): Reply<{ bytes: ArrayBuffer }> {
    const reply = this.#map.snapshot(id);
    const bytes = reply.error ? undefined : this.#store.resultPart(id, start, end);
    return bytes ? { bytes } : { error: notFound(id) };
  }

  /** input returns an operation's input as JSON text, which is empty if it has none. */
  async input(id: string): Promise<Reply<{ input: string }>> {
    const reply = await this.one(id);
    return reply.error ? reply : { input: this.#store.input(id) ?? "" };
  }

  /** ids returns up to `limit` IDs after an ID, in the order of creation. */
  ids(after: string, limit: number): string[] {
    return operationIds(this.#sql, after, limit, Date.now());
  }

  /** page returns one page of a list. */
  page(query: ListQuery): StoredPage | Promise<StoredPage> {
    return this.#settling.page(query);
  }

  /** pages returns many, each with its outcome: see callPages. */
  pages(queries: readonly ListQuery[]): Promise<Part> {
    const joint = this.#settling.jointPages(queries, mostText);
    return callPages(queries, (query, index) => joint[index] ?? this.page(query));
  }
}
