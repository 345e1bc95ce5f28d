import { failed, ok, type Result } from "../../../base/result.ts";
import type { MovedDocument } from "../../../core/document.ts";
import { everything, type Failure, failure, invalid } from "../../../core/errors.ts";
import { parseId } from "../../../core/id.ts";
import type { ImportProblem, ImportReport } from "../../../core/moving/import-report.ts";
import type { Arrival, Arriving, MoveRules, MovingMap } from "../../../core/moving/moving.ts";
import { parse } from "../../../core/shape/parse.ts";
import { int, object, optional, string } from "../../../core/shape/shape.ts";
import { fieldErrors } from "../../../kinds/field-errors.ts";
import { decodeOperation, decodeRows, type Into, rowsLine, shardOf } from "./decode.ts";
import { decodeDocumentLine } from "./document-line.ts";
import { chained, version } from "./format.ts";
import { Broken, isModest, linesOf, maxBytes, maxLine, maxLines, TooLong } from "./lines.ts";
import { RowsCheck } from "./rows-check.ts";

/** together is how many operations go to an object at once, and togetherSize about how many characters. */
const together = 50;
const togetherSize = 2 * 1024 * 1024;

/** mostProblems is how many refusals a report has. */
const mostProblems = 1_000;

/** longest is how much is said of one of them, in characters. */
const longest = 2_000;

const head = object({
  version: int(),
  exportedAt: string(),
  tenant: string(),
  shards: int(),
});
const skipped = object({ id: string(), message: string() });
const end = object({
  operations: int(),
  skipped: optional(int()),
  lines: int(),
  sha256: string(),
});

/** read takes in the lines of a body; what is refused is told by its line, and stops none of the others. */
export async function read(
  map: MovingMap,
  rules: MoveRules,
  body: AsyncIterable<Uint8Array>,
  starts: boolean,
): Promise<Result<ImportReport, Failure>> {
  return new Reading({ map, rules, starts, now: Date.now() }).all(body);
}

/** Waiting is an operation that has been read and not stored. */
interface Waiting {
  readonly line: number;
  readonly shard: number;
  readonly arriving: Arriving;
}

/** Rows are the lines of rows that came before an operation. */
interface Rows {
  readonly id: string;
  readonly check: RowsCheck;
  readonly first: number;
  hash: string;
  count: number;
  isRefused: boolean;
}

class Reading {
  readonly #into: Into;
  readonly #counts = { accepted: 0, unchanged: 0, expired: 0, refused: 0, skipped: 0 };
  readonly #problems: ImportProblem[] = [];
  #line = 0;
  #bytes = 0;
  #waiting: Waiting[] = [];
  #documents: { readonly line: number; readonly document: MovedDocument }[] = [];
  #size = 0;
  #rows: Rows | undefined;
  /** The hash of the file so far, and what is counted of it. */
  #file = { sha256: "", lines: 0, operations: 0 };
  #isWhole = false;
  #isOver = false;

  constructor(into: Into) {
    this.#into = into;
  }

  async all(body: AsyncIterable<Uint8Array>): Promise<Result<ImportReport, Failure>> {
    let next: number | undefined;
    try {
      for await (const text of linesOf(body)) {
        if (this.#line >= maxLines || this.#bytes >= maxBytes) {
          next = this.#rows?.first ?? this.#line + 1;
          break;
        }
        this.#line += 1;
        this.#bytes += text.length;
        const bad = await this.#take(text);
        if (bad) return failed(bad);
      }
    } catch (thrown) {
      this.#line += 1;
      if (thrown instanceof TooLong) {
        this.#refuse(failure("payload-too-large", `The line is longer than ${maxLine} bytes`));
      } else if (thrown instanceof Broken) {
        this.#refuse(failure("malformed-request", "The body is cut off here, or is not UTF-8"));
      } else throw thrown;
    }
    if (this.#line === 0) return failed(notAnExport);
    await this.#abandon(this.#rows);
    await this.#store();
    const report = { lines: this.#line, ...this.#counts, problems: this.#problems };
    return ok({
      ...report,
      isWhole: this.#isWhole && next === undefined,
      ...(next !== undefined && { next }),
    });
  }

  /** Takes in a line; returns why the whole body is refused, if it is. */
  async #take(text: string): Promise<Failure | undefined> {
    if (!isModest(text)) {
      return this.#line === 1 ? notAnExport : this.#refuse(failure("payload-too-large", sprawling));
    }
    const { type, ...line } = parsed(text) ?? {};
    if (this.#line === 1) {
      const header = type === "export" ? parse(head, line) : undefined;
      if (!header?.ok) return notAnExport;
      if (header.value.version !== version) return anotherVersion(header.value.version);
      return this.#chain(text);
    }
    if (this.#isOver) {
      this.#isWhole = false;
      return this.#refuse(failure("validation-failed", "There is a line after the end"));
    }
    switch (type) {
      case "rows":
        await this.#chain(text);
        return this.#takeRows(text, line);
      case "operation":
        await this.#chain(text);
        this.#file.operations += 1;
        return this.#takeOperation(text, line);
      case "document":
        await this.#chain(text);
        return this.#takeDocument(text, line);
      case "skipped":
        await this.#chain(text);
        return this.#takeSkipped(line);
      case "cursor":
        return undefined;
      case "end":
        return this.#takeEnd(line);
      default:
        return this.#refuse(
          failure(type === undefined ? "malformed-json" : "validation-failed", strange),
        );
    }
  }

  async #chain(text: string): Promise<undefined> {
    this.#file.lines += 1;
    this.#file.sha256 = await chained(this.#file.sha256, text);
  }

  async #takeRows(text: string, line: unknown): Promise<undefined> {
    const given = parse(rowsLine, line);
    if (!given.ok) return this.#refuse(invalid(fieldErrors(given.failure)));
    const { id, part, rows = [] } = given.value;
    // Rows of an operation that never came, or begin anew because it changed meanwhile.
    if (part === 0) {
      await this.#abandon(this.#rows);
      const check = new RowsCheck(id);
      this.#rows = { id, check, first: this.#line, hash: "", count: 0, isRefused: false };
    }
    const before = this.#rows;
    if (before?.id !== id || before.count !== part) {
      return this.#refuse(invalid([{ path: "part", message: "must be in order, from 0" }]), id);
    }
    if (before.isRefused) return undefined;
    const shard = shardOf(id, this.#into.rules);
    const decoded = shard.ok ? await decodeRows(rows, before.check, this.#into) : shard;
    if (!decoded.ok || !shard.ok) {
      before.isRefused = true;
      return this.#refuse(decoded.ok ? notAnExport : decoded.failure, id);
    }
    const order = { type: "ahead", id, rows: decoded.value, number: part } as const;
    // One that came before it may be in the same object.
    if (part === 0) await this.#store();
    await this.#into.map.ask(shard.value, order);
    before.count += 1;
    before.hash = await chained(before.hash, text);
    return undefined;
  }

  async #takeOperation(text: string, line: unknown): Promise<undefined> {
    const rows = this.#rows;
    this.#rows = undefined;
    const id = idIn(line);
    const before = rows?.id === id ? rows : undefined;
    if (!before || before.isRefused) await this.#abandon(rows);
    // It was told where its rows are.
    if (before?.isRefused) return undefined;
    const check = before?.check ?? new RowsCheck(id ?? "");
    const decoded = await decodeOperation(line, check, this.#into);
    if (!decoded.ok) {
      await this.#abandon(before);
      return this.#refuse(decoded.failure, id);
    }
    const { moved, parts } = decoded.value;
    const ahead = before?.count ?? 0;
    if (ahead !== parts) {
      await this.#abandon(before);
      const message = `must be ${ahead}, the number of row lines before it`;
      return this.#refuse(invalid([{ path: "parts", message }]), id);
    }
    const hash = (await chained(before?.hash ?? "", text)).slice(0, 32);
    const shard = parseId(moved.id)?.shard ?? 0;
    this.#waiting.push({ line: this.#line, shard, arriving: { ...moved, hash, ahead } });
    this.#size += text.length;
    // The rows that were sent ahead are those of one operation at a time.
    const isFull = this.#waiting.length >= together || this.#size >= togetherSize;
    if (isFull || ahead > 0) await this.#store();
    return undefined;
  }

  /** Has the object forget rows that were sent ahead: nothing comes of them. */
  async #abandon(rows: Rows | undefined): Promise<void> {
    this.#rows = undefined;
    const shard = rows && parseId(rows.id)?.shard;
    if (!rows || shard === undefined || rows.count === 0) return;
    await this.#into.map.ask(shard, { type: "ahead", id: rows.id, rows: [], number: 0 });
  }

  async #takeDocument(text: string, line: unknown): Promise<undefined> {
    const decoded = decodeDocumentLine(line, this.#into.now);
    if (!decoded.ok) return this.#refuse(decoded.failure);
    this.#documents.push({ line: this.#line, document: decoded.value });
    this.#size += text.length;
    const isFull = this.#documents.length >= together || this.#size >= togetherSize;
    if (isFull) await this.#store();
    return undefined;
  }

  /** Has the first object store the documents that wait. */
  async #storeDocuments(): Promise<void> {
    const waiting = this.#documents;
    this.#documents = [];
    if (waiting.length === 0) return;
    const documents = waiting.map(({ document }) => document);
    const arrivals = await this.#into.map.ask(0, { type: "arriveDocuments", documents });
    for (const [index, { line, document }] of waiting.entries()) {
      this.#count({ line, id: `${document.storage}/${document.id}` }, arrivals[index]);
    }
  }

  /** An operation that nobody could read where it comes from: there is nothing to store. */
  #takeSkipped(line: unknown): undefined {
    const given = parse(skipped, line);
    if (!given.ok) return this.#refuse(invalid(fieldErrors(given.failure)));
    this.#counts.skipped += 1;
    return undefined;
  }

  #takeEnd(line: unknown): undefined {
    this.#isOver = true;
    const given = parse(end, line);
    if (!given.ok) return this.#refuse(invalid(fieldErrors(given.failure)));
    const { operations, lines, sha256 } = this.#file;
    const said = given.value;
    // Its lines stand for what it skipped.
    this.#isWhole =
      said.operations === operations && said.lines === lines && said.sha256 === sha256;
    return undefined;
  }

  /** Has the objects store what waits, in a commit each. */
  async #store(): Promise<void> {
    await this.#storeDocuments();
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#size = 0;
    const { map, starts } = this.#into;
    const groups = [...Map.groupBy(waiting, ({ shard }) => shard)].map(async ([shard, own]) => {
      const operations = own.map(({ arriving }) => arriving);
      const arrivals = await map.ask(shard, { type: "arrive", operations, starts });
      return own.map((one, index) => [one, arrivals[index]] as const);
    });
    const all = (await Promise.all(groups)).flat();
    for (const [one, arrival] of all.sort(([a], [b]) => a.line - b.line)) {
      this.#count({ line: one.line, id: one.arriving.id }, arrival);
    }
  }

  #count({ line, id }: { line: number; id: string }, arrival: Arrival | undefined): void {
    if (typeof arrival === "string") this.#counts[arrival] += 1;
    else if (arrival) this.#refuse(arrival.error, id, line);
  }

  #refuse(why: Failure, id?: string, line = this.#line): undefined {
    this.#counts.refused += 1;
    if (this.#problems.length >= mostProblems) return undefined;
    const { code } = why;
    const message = everything(why).slice(0, longest);
    this.#problems.push({ line, ...(id !== undefined && { id }), code, message });
    return undefined;
  }
}

const sprawling = "The line has too many values, or is nested too deeply";

const strange =
  "Cannot read the line: it must be a JSON object of type document, rows, operation, skipped, cursor or end";

const notAnExport = failure(
  "validation-failed",
  "Cannot import this: it must be the lines of an export, from the first",
);

function anotherVersion(found: number): Failure {
  const message = `Cannot import version ${found} of the format: this service reads version ${version}`;
  return failure("validation-failed", message);
}

function parsed(text: string): Record<string, unknown> | undefined {
  try {
    const value = JSON.parse(text) as unknown;
    const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
    return isObject ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

/** The id that a line of type `operation` says, if it says one. */
function idIn(line: unknown): string | undefined {
  const { operation } = line as { operation?: { id?: unknown } };
  const id = operation?.id;
  return typeof id === "string" && parseId(id) ? id : undefined;
}
