import { isObject } from "../../../base/json.ts";
import { failed, ok, type Result } from "../../../base/result.ts";
import { type Failure, failure, invalid } from "../../../core/errors.ts";
import { parseId } from "../../../core/id.ts";
import type { ImportReport } from "../../../core/moving/import-report.ts";
import type { MoveRules, MovingMap } from "../../../core/moving/moving.ts";
import { parse } from "../../../core/shape/parse.ts";
import { int, object, optional, string } from "../../../core/shape/shape.ts";
import { fieldErrors } from "../../../kinds/field-errors.ts";
import { Batch } from "./batch.ts";
import { decodeOperation, decodeRows, type Into, rowsLine, shardOf } from "./decode.ts";
import { decodeDocumentLine } from "./document-line.ts";
import { chained, version } from "./format.ts";
import { Broken, isModest, linesOf, maxBytes, maxLine, maxLines, TooLong } from "./lines.ts";
import { RowsCheck } from "./rows-check.ts";
import { Tally } from "./tally.ts";

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

/** read imports the lines of a body; refused lines are reported and do not affect the others. */
export async function read(
  map: MovingMap,
  rules: MoveRules,
  body: AsyncIterable<Uint8Array>,
  starts: boolean,
): Promise<Result<ImportReport, Failure>> {
  return new Reading({ map, rules, starts, now: Date.now() }).all(body);
}

/** Rows are the row lines before an operation. */
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
  readonly #tally = new Tally();
  readonly #batch: Batch;
  #line = 0;
  #bytes = 0;
  #rows: Rows | undefined;
  /** The hash and the counts of the file so far. */
  #file = { sha256: "", lines: 0, operations: 0 };
  #isWhole = false;
  #isOver = false;

  constructor(into: Into) {
    this.#into = into;
    this.#batch = new Batch(into.map, into.starts, this.#tally);
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
    await this.#batch.store();
    return ok({
      lines: this.#line,
      ...this.#tally.report(),
      isWhole: this.#isWhole && next === undefined,
      ...(next !== undefined && { next }),
    });
  }

  /** Handles a line; returns a failure if the whole body is refused. */
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
    // Earlier rows are of an operation that never came, or that changed meanwhile and starts again.
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
    // An earlier operation may be in the same object.
    if (part === 0) await this.#batch.store();
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
    // It was reported at its rows.
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
    await this.#batch.addOperation(this.#line, { ...moved, hash, ahead }, text.length);
    return undefined;
  }

  /** Tells the object to drop rows that were sent ahead, because they are not needed. */
  async #abandon(rows: Rows | undefined): Promise<void> {
    this.#rows = undefined;
    const shard = rows && parseId(rows.id)?.shard;
    if (!rows || shard === undefined || rows.count === 0) return;
    await this.#into.map.ask(shard, { type: "ahead", id: rows.id, rows: [], number: 0 });
  }

  async #takeDocument(text: string, line: unknown): Promise<undefined> {
    const decoded = decodeDocumentLine(line, this.#into.now);
    if (!decoded.ok) return this.#refuse(decoded.failure);
    await this.#batch.addDocument(this.#line, decoded.value, text.length);
    return undefined;
  }

  /** An operation that could not be read at the source: there is nothing to store. */
  #takeSkipped(line: unknown): undefined {
    const given = parse(skipped, line);
    if (!given.ok) return this.#refuse(invalid(fieldErrors(given.failure)));
    this.#tally.skip();
    return undefined;
  }

  #takeEnd(line: unknown): undefined {
    this.#isOver = true;
    const given = parse(end, line);
    if (!given.ok) return this.#refuse(invalid(fieldErrors(given.failure)));
    const { operations, lines, sha256 } = this.#file;
    const said = given.value;
    // Its lines include those of skipped operations.
    this.#isWhole =
      said.operations === operations && said.lines === lines && said.sha256 === sha256;
    return undefined;
  }

  #refuse(why: Failure, id?: string): undefined {
    this.#tally.refuse({ line: this.#line, id }, why);
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

function parsed(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value = JSON.parse(text) as unknown;
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** The id in a line of type `operation`, if it has one. */
function idIn(line: unknown): string | undefined {
  const { operation } = line as { operation?: { id?: unknown } };
  const id = operation?.id;
  return typeof id === "string" && parseId(id) ? id : undefined;
}
