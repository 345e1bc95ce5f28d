import { failed, ok, type Result } from "../../../base/result.ts";
import { type Failure, failure, invalid, invalidField } from "../../../core/errors.ts";
import { parseId } from "../../../core/id.ts";
import type {
  MovedOperation,
  MovedRow,
  MoveRules,
  MovingMap,
} from "../../../core/moving/moving.ts";
import { isTerminal } from "../../../core/operation/operation.ts";
import { parse } from "../../../core/shape/parse.ts";
import {
  array,
  int,
  object,
  optional,
  record,
  string,
  unknown,
} from "../../../core/shape/shape.ts";
import { fieldErrors } from "../../../kinds/field-errors.ts";
import { decodeRow } from "./format.ts";
import { type Exported, type Wrong, wrongLife } from "./life-check.ts";
import { bytesOf, decodeResult, wrongPayloads } from "./payload-check.ts";
import type { Found, RowsCheck } from "./rows-check.ts";
import { openDelivery, openWebhook } from "./sealed-webhooks.ts";
import { operationShape } from "./shapes.ts";

/** maxDoc is the largest size of an operation itself, in bytes: SQLite accepts no row of 2 MB. */
const maxDoc = 1_900_000;

const rows = optional(array(record(string(), unknown)));

/** rowsLine is a line of type `rows`, without its type. */
export const rowsLine = object({
  id: string({ fits: (text) => parseId(text) !== undefined, want: "must be an id" }),
  part: int({ min: 0 }),
  rows,
});

const operationLine = object({
  operation: operationShape,
  // JSON, which is not parsed before its size is known; empty if there is none.
  input: optional(string()),
  result: optional(unknown),
  rows,
  parts: optional(int({ min: 0 })),
});

/** Into is the context in which an operation is imported. */
export interface Into {
  readonly map: MovingMap;
  readonly rules: MoveRules;
  readonly now: number;
  /** Whether unfinished operations are to start: only then their deliveries continue too. */
  readonly starts: boolean;
}

/** Decoded is an operation of a file, and the number of row lines before it. */
export interface Decoded {
  readonly moved: MovedOperation;
  readonly parts: number;
}

/**
 * decodeOperation decodes a line of type `operation`, without its type.
 *
 * @param check has checked the rows of the lines before it
 */
export async function decodeOperation(
  line: unknown,
  check: RowsCheck,
  into: Into,
): Promise<Result<Decoded, Failure>> {
  const parsed = parse(operationLine, line);
  if (!parsed.ok) return failed(invalid(fieldErrors(parsed.failure)));
  const { operation, input = null, result, parts = 0 } = parsed.value;
  const shard = shardOf(operation.id, into.rules);
  if (!shard.ok) return shard;
  const body = decodeResult(result);
  if (body === undefined)
    return invalidField("result", "must be JSON as a string, or text or base64 in an object");
  const read = await decodeRows(parsed.value.rows ?? [], check, into);
  if (!read.ok) return read;
  const { found } = check;
  const problem =
    wrongLife(operation, into.rules, into.now) ??
    wrongPayloads(operation, { input, result: body }, found, into.rules) ??
    wrongBeside(operation, found);
  if (problem) return failed(invalid([problem]));
  if (into.starts && !isTerminal(operation)) {
    const unstartable = await into.map.unstartable(operation, input ?? check.input ?? "");
    if (unstartable) return failed(unstartable);
  }
  const webhook = operation.webhook && (await openWebhook(operation.webhook, into));
  if (webhook && !webhook.ok) return invalidField("operation.webhook", webhook.failure);
  const { webhook: _, ...rest } = operation;
  const doc = JSON.stringify({ ...rest, ...(webhook?.value && { webhook: webhook.value }) });
  if (bytesOf(doc) > maxDoc) return invalidField("operation", `must be at most ${maxDoc} bytes`);
  // Without a webhook there is nothing to deliver.
  const kept = webhook?.value ? read.value : read.value.filter(([table]) => table !== "deliveries");
  return ok({ moved: { id: operation.id, doc, input, result: body, rows: kept }, parts });
}

/** decodeRows decodes rows of an operation, and opens the URL of a delivery. */
export async function decodeRows(
  given: readonly Readonly<Record<string, unknown>>[],
  check: RowsCheck,
  into: Into,
): Promise<Result<readonly MovedRow[], Failure>> {
  const found: MovedRow[] = [];
  for (const [index, one] of given.entries()) {
    const row = decodeRow(one);
    const problem = row.ok ? check.add(row.value) : row.failure;
    if (!row.ok || problem !== undefined) return invalidField(`rows[${index}]`, problem ?? "");
    const opened =
      row.value[0] === "deliveries" ? await openDelivery(row.value, check.id, into) : ok(row.value);
    if (!opened.ok) return invalidField(`rows[${index}].doc`, opened.failure);
    if (opened.value) found.push(opened.value);
  }
  return ok(found);
}

/** shardOf returns the number of the object that an id belongs to, if it exists. */
export function shardOf(id: string, { shards }: MoveRules): Result<number, Failure> {
  const shard = parseId(id)?.shard ?? 0;
  if (shard < shards) return ok(shard);
  const message = `Operation ${id} belongs to object ${shard}: it requires SHARDS of at least ${shard + 1}, and there are ${shards}`;
  return failed(failure("validation-failed", message));
}

/** Whether the operation says which rows it has: otherwise they would not be removed with it. */
function wrongBeside(op: Exported, found: Found): Wrong | undefined {
  if (found.hasAttempts && !op.history?.rows) {
    return { path: "operation.history.rows", message: "must be true: it has rows of attempts" };
  }
  if (found.hasOutput && !op.hasOutput) {
    return { path: "operation.hasOutput", message: "must be true: it has output" };
  }
  if (found.hasDelivery && (!op.webhook || op.finishedAt === undefined)) {
    return {
      path: "operation.webhook",
      message: "must be set, on a finished operation: it has a delivery",
    };
  }
  return undefined;
}
