import type { MovedDocument } from "../../../core/document.ts";
import { parseId } from "../../../core/id.ts";
import type { Arriving, MovingMap } from "../../../core/moving/moving.ts";
import type { Place, Tally } from "./tally.ts";

/**
 * together is how many operations are sent to an object at once, and togetherSize their approximate size, in
 * characters.
 */
const together = 50;
const togetherSize = 2 * 1024 * 1024;

/** Waiting is something that has been read but not stored yet. */
interface Waiting<T> extends Place {
  readonly one: T;
}

/** Batch collects what was read from an import, and has each object store its part in one commit. */
export class Batch {
  readonly #map: Pick<MovingMap, "ask">;
  readonly #starts: boolean;
  readonly #tally: Tally;
  #operations: Waiting<Arriving>[] = [];
  #documents: Waiting<MovedDocument>[] = [];
  #size = 0;

  /** @param starts whether unfinished operations are to start */
  constructor(map: Pick<MovingMap, "ask">, starts: boolean, tally: Tally) {
    this.#map = map;
    this.#starts = starts;
    this.#tally = tally;
  }

  /** addOperation adds an operation, and stores the batch if it is full. */
  async addOperation(line: number, one: Arriving, size: number): Promise<void> {
    this.#operations.push({ line, id: one.id, one });
    this.#size += size;
    // An object holds rows sent ahead for one operation at a time.
    if (this.#isFull() || one.ahead > 0) await this.store();
  }

  /** addDocument adds a document, and stores the batch if it is full. */
  async addDocument(line: number, one: MovedDocument, size: number): Promise<void> {
    this.#documents.push({ line, id: `${one.storage}/${one.id}`, one });
    this.#size += size;
    if (this.#isFull()) await this.store();
  }

  /** store has the objects store everything in the batch. */
  async store(): Promise<void> {
    const documents = this.#documents;
    const operations = this.#operations;
    this.#documents = [];
    this.#operations = [];
    this.#size = 0;
    await this.#storeDocuments(documents);
    await this.#storeOperations(operations);
  }

  #isFull(): boolean {
    const count = this.#operations.length + this.#documents.length;
    return count >= together || this.#size >= togetherSize;
  }

  /** All documents are in the first object. */
  async #storeDocuments(waiting: readonly Waiting<MovedDocument>[]): Promise<void> {
    if (waiting.length === 0) return;
    const documents = waiting.map(({ one }) => one);
    const arrivals = await this.#map.ask(0, { type: "arriveDocuments", documents });
    for (const [index, place] of waiting.entries()) this.#tally.add(place, arrivals[index]);
  }

  async #storeOperations(waiting: readonly Waiting<Arriving>[]): Promise<void> {
    const shardOf = ({ one }: Waiting<Arriving>) => parseId(one.id)?.shard ?? 0;
    const groups = [...Map.groupBy(waiting, shardOf)].map(async ([shard, own]) => {
      const operations = own.map(({ one }) => one);
      const order = { type: "arrive", operations, starts: this.#starts } as const;
      const arrivals = await this.#map.ask(shard, order);
      return own.map((place, index) => [place, arrivals[index]] as const);
    });
    const all = (await Promise.all(groups)).flat();
    for (const [place, arrival] of all.sort(([a], [b]) => a.line - b.line)) {
      this.#tally.add(place, arrival);
    }
  }
}
