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

/** tries is how many times the rows of an operation that changes meanwhile are read. */
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

/** Export describes an export. */
export interface Export {
  readonly tenant: string;
  /** Where to resume. */
  readonly cursor?: string | undefined;
  /** skipped is called for an operation that cannot be read. */
  skipped(id: string, message: string): void;
}

/** write returns the lines of an export, shard by shard and ordered by id, from the start or from a cursor. */
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
    // The first request shows whether the objects support moving, before anything is written.
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

  /** The next documents, which are all in the first object; undefined after the last. */
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
    // Without documents there is no position to resume from.
    if (last) yield written({ type: "cursor", cursor: encodeCursor(this.#place) });
  }

  async *#page(): AsyncGenerator<string, void> {
    const { shard, after } = this.#place;
    const { operations, hasMore } = await this.#map.ask(shard, { type: "page", after });
    for (const one of operations) {
      yield* this.#one(one);
    }
    const last = operations.at(-1)?.id ?? after;
    // If all operations of a page have gone meanwhile, it only says that there may be more.
    const isOver = !hasMore || operations.length === 0;
    const next = isOver ? { shard: shard + 1, after: "" } : { after: last };
    this.#place = { ...this.#place, ...next };
    yield written({ type: "cursor", cursor: encodeCursor(this.#place) });
  }

  /** A damaged operation does not stop the others. */
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

  /** An operation whose rows are in separate lines before it. If it changes meanwhile, they start again. */
  async *#large(id: string): AsyncGenerator<string, void> {
    const { shard } = this.#place;
    for (let left = tries; left > 0; left--) {
      let first: string | undefined;
      let page: RowsPage | undefined;
      let part = 0;
      for (let place: RowsPlace | undefined = [0, 0]; place; place = page.next) {
        const found: Moves["rows"] = await this.#map.ask(shard, { type: "rows", id, place });
        // It is gone, and the rows already written are ignored.
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

  /** The URL of a webhook, as it may be written to a file. */
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

/** Damaged is thrown for an operation whose rows are invalid. */
class Damaged extends Error {}

/** Reads stored data. @throws Damaged if it is invalid */
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

/** The head of a result in a bucket: the file has neither the result nor its location, and says so. */
function inBucket({ result }: Partial<Operation>): object | undefined {
  if (!result?.stored) return undefined;
  const { stored, status: _, ...head } = result;
  const status = statusOf(result);
  return { result: { ...head, ...(status !== undefined && { status }), storage: "bucket" } };
}

function written(line: Line): string {
  return `${JSON.stringify(line)}\n`;
}

/** partSize is the approximate size of one line of rows, in characters; it has at least one row. */
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
