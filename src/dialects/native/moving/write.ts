import { readStored } from "../../../base/json.ts";
import { reasonOf } from "../../../base/log.ts";
import { failed, ok, type Result } from "../../../base/result.ts";
import type { Delivery } from "../../../core/delivery.ts";
import type { MovedDocumentPage } from "../../../core/document.ts";
import { type Failure, invalid } from "../../../core/errors.ts";
import type {
  ExportPage,
  MovedOperation,
  MovedRow,
  MoveRules,
  Moves,
  MovingMap,
  RowsPage,
  RowsPlace,
} from "../../../core/moving/moving.ts";
import { type Operation, statusOf } from "../../../core/operation/operation.ts";
import { rootSecrets } from "../../../runner/webhook-keys.ts";
import {
  type Cursor,
  chained,
  decodeCursor,
  encodeBody,
  encodeCursor,
  encodeRow,
  type Line,
  version,
} from "./format.ts";
import { seal } from "./seal.ts";

/** tries is how often the rows of an operation that changes meanwhile are read anew. */
const tries = 3;

const start: Cursor = {
  document: { storage: "", id: "" },
  shard: 0,
  after: "",
  operations: 0,
  skipped: 0,
  lines: 0,
  sha256: "",
};

/** Export says what is written. */
export interface Export {
  readonly tenant: string;
  /** Where it goes on. */
  readonly cursor?: string | undefined;
  /** skipped is told of an operation that cannot be read. */
  skipped(id: string, message: string): void;
}

/** write returns the lines of an export, shard by shard and in the order of ids; or goes on with one. */
export function write(
  map: MovingMap,
  rules: MoveRules,
  { tenant, cursor, skipped }: Export,
): Result<AsyncGenerator<string, void>, Failure> {
  const place = cursor === undefined ? start : decodeCursor(cursor);
  if (!place) {
    return failed(
      invalid([{ path: "cursor", message: "must be a cursor of an export, unchanged" }]),
    );
  }
  return ok(new Writing(map, rules, place, skipped).lines(tenant));
}

class Writing {
  readonly #map: MovingMap;
  readonly #rules: MoveRules;
  readonly #skipped: Export["skipped"];
  #place: Cursor;

  constructor(map: MovingMap, rules: MoveRules, place: Cursor, skipped: Export["skipped"]) {
    this.#skipped = skipped;
    this.#map = map;
    this.#rules = rules;
    this.#place = place;
  }

  async *lines(tenant: string): AsyncGenerator<string, void> {
    const { shards } = this.#rules;
    // Whether the objects can move anything is known before anything is said.
    let page = await this.#documentsPage();
    if (this.#place.lines === 0) {
      const exportedAt = new Date().toISOString();
      yield await this.#say({ type: "export", version, exportedAt, tenant, shards });
    }
    for (; page; page = await this.#documentsPage()) yield* this.#documents(page);
    while (this.#place.shard < shards) yield* this.#page();
    const { operations, skipped, lines, sha256 } = this.#place;
    yield written({ type: "end", operations, skipped, lines, sha256 });
  }

  /** The next documents, which are all in the first object; undefined once all are written. */
  async #documentsPage(): Promise<MovedDocumentPage | undefined> {
    const { document } = this.#place;
    if (!document) return undefined;
    return this.#map.ask(0, { type: "documents", storage: document.storage, after: document.id });
  }

  async *#documents({ documents, hasMore }: MovedDocumentPage): AsyncGenerator<string, void> {
    for (const one of documents) {
      if ("document" in one) yield await this.#say({ type: "document", ...one });
      else yield* this.#skip(`${one.storage}/${one.id}`, "The document has no stamps");
    }
    const last = documents.at(-1);
    const { document: _, ...place } = this.#place;
    this.#place = {
      ...place,
      ...(hasMore && last && { document: { storage: last.storage, id: last.id } }),
    };
    // Without documents there is nothing to go on behind.
    if (last) yield written({ type: "cursor", cursor: encodeCursor(this.#place) });
  }

  async *#page(): AsyncGenerator<string, void> {
    const { shard, after } = this.#place;
    const { operations, hasMore } = await this.#map.ask(shard, { type: "page", after });
    for (const one of operations) {
      yield* this.#one(one);
    }
    const last = operations.at(-1)?.id ?? after;
    // A page of what has gone meanwhile says no more than that there may be others.
    const isOver = !hasMore || operations.length === 0;
    const next = isOver ? { shard: shard + 1, after: "" } : { after: last };
    this.#place = { ...this.#place, ...next };
    yield written({ type: "cursor", cursor: encodeCursor(this.#place) });
  }

  /** What is damaged of one stops none of the others. */
  async *#one(one: ExportPage["operations"][number]): AsyncGenerator<string, void> {
    try {
      if ("unreadable" in one) throw new Damaged(one.unreadable);
      yield* "doc" in one ? this.#operation(one) : this.#large(one.id);
    } catch (thrown) {
      if (!(thrown instanceof Damaged)) throw thrown;
      yield* this.#skip(one.id, thrown.message);
    }
  }

  async *#skip(id: string, message: string): AsyncGenerator<string, void> {
    this.#skipped(id, message);
    yield await this.#say({ type: "skipped", id, message });
    this.#place = { ...this.#place, skipped: this.#place.skipped + 1 };
  }

  async *#operation(
    { id, doc, input, result, rows }: MovedOperation,
    parts = 0,
  ): AsyncGenerator<string, void> {
    const { imported, webhook, upload, ...op } = intact(() => operationOf(id, doc));
    const sealed = webhook && { ...webhook, ...(await this.#sealed(webhook.url)) };
    const shown = await Promise.all(rows.map((row) => this.#row(row)));
    const body = result instanceof ArrayBuffer ? encodeBody(result) : result;
    yield await this.#say({
      type: "operation",
      operation: { ...op, ...inBucket(op), ...(sealed && { webhook: sealed }) },
      ...(input !== null && { input }),
      ...(body !== null && { result: body }),
      ...(rows.length > 0 && { rows: shown }),
      ...(parts > 0 && { parts }),
    });
    this.#place = { ...this.#place, operations: this.#place.operations + 1 };
  }

  /** One whose rows stand in lines of their own, before it. Where it changes meanwhile, they begin anew. */
  async *#large(id: string): AsyncGenerator<string, void> {
    const { shard } = this.#place;
    for (let left = tries; left > 0; left--) {
      let first: string | undefined;
      let page: RowsPage | undefined;
      let part = 0;
      for (let place: RowsPlace | undefined = [0, 0]; place; place = page.next) {
        const found: Moves["rows"] = await this.#map.ask(shard, { type: "rows", id, place });
        // It is gone, and what was written of it belongs to nothing.
        if (!found) return;
        if ("unreadable" in found) throw new Damaged(found.unreadable);
        page = found;
        first ??= page.doc;
        const rows = await Promise.all(page.rows.map((row) => this.#row(row)));
        for (const some of grouped(rows)) {
          yield await this.#say({ type: "rows", id, part: part++, rows: some });
        }
      }
      if (page && (page.doc === first || left === 1)) {
        yield* this.#operation({ ...page, rows: [] }, part);
        return;
      }
    }
  }

  async #row(row: MovedRow): Promise<object> {
    const shown = intact(() => encodeRow(row));
    if (row[0] !== "deliveries") return shown;
    const { imported: _, ...delivery } = shown.doc as Delivery;
    return { ...shown, doc: { ...delivery, ...(await this.#sealed(delivery.url)) } };
  }

  /** The URL of a webhook, as far as it may stand in a file. */
  async #sealed(url: string): Promise<object> {
    const [secret] = rootSecrets(this.#rules.webhookSecrets);
    const { origin } = intact(() => new URL(url));
    if (secret === undefined) return { url: undefined, target: origin };
    return { url: undefined, target: origin, sealed: await seal(url, secret) };
  }

  async #say(line: Line): Promise<string> {
    const text = JSON.stringify(line);
    const sha256 = await chained(this.#place.sha256, text);
    this.#place = { ...this.#place, lines: this.#place.lines + 1, sha256 };
    return `${text}\n`;
  }
}

/** Damaged is thrown for an operation whose rows do not say what they should. */
class Damaged extends Error {}

/** Reads what is stored. @throws Damaged where that does not go */
function intact<T>(read: () => T): T {
  try {
    return read();
  } catch (thrown) {
    throw new Damaged(reasonOf(thrown));
  }
}

function operationOf(id: string, doc: string): Operation {
  const op = readStored<Partial<Operation> | null>(doc);
  if (op?.id !== id) throw new Error("The document is not the operation's");
  return op as Operation;
}

/** The head of a result that is in a bucket: the file does not have it, nor where it is, and says so. */
function inBucket({ result }: Partial<Operation>): object | undefined {
  if (!result?.stored) return undefined;
  const { stored, status: _, ...head } = result;
  const status = statusOf(result);
  return { result: { ...head, ...(status !== undefined && { status }), storage: "bucket" } };
}

function written(line: Line): string {
  return `${JSON.stringify(line)}\n`;
}

/** partSize is about how much one line of rows holds, in characters; it has at least one. */
const partSize = 512 * 1024;

function* grouped(rows: readonly object[]): Iterable<readonly object[]> {
  let some: object[] = [];
  let size = 0;
  for (const row of rows) {
    some.push(row);
    size += JSON.stringify(row).length;
    if (size < partSize) continue;
    yield some;
    some = [];
    size = 0;
  }
  if (some.length > 0) yield some;
}
