import { failed, ok, type Result } from "../../../base/result.ts";
import { type Delivery, longest, type Webhook } from "../../../core/delivery.ts";
import { type Failure, failure, invalid } from "../../../core/errors.ts";
import { parseId } from "../../../core/id.ts";
import { depthOf } from "../../../core/json/json-depth.ts";
import { maxDepth, maxInlineResult, maxResult, maxResultHeaders } from "../../../core/limits.ts";
import type {
  MovedOperation,
  MovedRow,
  MoveRules,
  MovingMap,
} from "../../../core/moving/moving.ts";
import { isTerminal } from "../../../core/operation/operation.ts";
import type { Payload } from "../../../core/reply.ts";
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
import { decodeBody, decodeRow } from "./format.ts";
import { type Exported, type Wrong, wrongLife } from "./life-check.ts";
import type { Found, RowsCheck } from "./rows-check.ts";
import { open } from "./seal.ts";
import { isHeader, jsonText, operationShape } from "./shapes.ts";

/** maxDoc is how large an operation itself may be, in bytes: SQLite takes no row of 2 MB. */
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
  // JSON, which is not parsed before its size is known; empty where there is none.
  input: optional(string()),
  result: optional(unknown),
  rows,
  parts: optional(int({ min: 0 })),
});

/** Into is what an operation is read for. */
export interface Into {
  readonly map: MovingMap;
  readonly rules: MoveRules;
  readonly now: number;
  /** Whether what has not finished is to start: only then its deliveries go on too. */
  readonly starts: boolean;
}

/** Decoded is an operation of a file, and how many lines of rows are before it. */
export interface Decoded {
  readonly moved: MovedOperation;
  readonly parts: number;
}

/**
 * decodeOperation reads a line of type `operation`, without its type.
 *
 * @param check has seen the rows of the lines before it
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
  const body = resultOf(result);
  if (body === undefined)
    return wrong("result", "must be JSON as a string, or text or base64 in an object");
  const read = await decodeRows(parsed.value.rows ?? [], check, into);
  if (!read.ok) return read;
  const { found } = check;
  const problem =
    wrongLife(operation, into.rules, into.now) ??
    wrongPayloads(operation, { input, body, found }, into.rules) ??
    wrongBeside(operation, found);
  if (problem) return failed(invalid([problem]));
  if (into.starts && !isTerminal(operation)) {
    const unstartable = await into.map.unstartable(operation, input ?? check.input ?? "");
    if (unstartable) return failed(unstartable);
  }
  const webhook = operation.webhook && (await webhookOf(operation.webhook, into));
  if (webhook && !webhook.ok)
    return failed(invalid([{ path: "operation.webhook", message: webhook.failure }]));
  const { webhook: _, ...rest } = operation;
  const doc = JSON.stringify({ ...rest, ...(webhook?.value && { webhook: webhook.value }) });
  if (bytesOf(doc) > maxDoc) return wrong("operation", `must be at most ${maxDoc} bytes`);
  // Without a webhook nobody is told.
  const kept = webhook?.value ? read.value : read.value.filter(([table]) => table !== "deliveries");
  return ok({ moved: { id: operation.id, doc, input, result: body, rows: kept }, parts });
}

/** decodeRows reads rows of an operation; the URL of a delivery is opened. */
export async function decodeRows(
  given: readonly Readonly<Record<string, unknown>>[],
  check: RowsCheck,
  into: Into,
): Promise<Result<readonly MovedRow[], Failure>> {
  const found: MovedRow[] = [];
  for (const [index, one] of given.entries()) {
    const row = decodeRow(one);
    const problem = row.ok ? check.add(row.value) : row.failure;
    if (!row.ok || problem !== undefined) return wrong(`rows[${index}]`, problem ?? "");
    const opened =
      row.value[0] === "deliveries" ? await opens(row.value, check.id, into) : ok(row.value);
    if (!opened.ok) return wrong(`rows[${index}].doc`, opened.failure);
    if (opened.value) found.push(opened.value);
  }
  return ok(found);
}

/** shardOf returns the number of the object that an id belongs to, if there is one. */
export function shardOf(id: string, { shards }: MoveRules): Result<number, Failure> {
  const shard = parseId(id)?.shard ?? 0;
  if (shard < shards) return ok(shard);
  const message = `Operation ${id} belongs to object ${shard}: it requires SHARDS of at least ${shard + 1}, and there are ${shards}`;
  return failed(failure("validation-failed", message));
}

function wrong(path: string, message: string): Result<never, Failure> {
  return failed(invalid([{ path, message }]));
}

function resultOf(result: unknown): Payload | null | undefined {
  if (result === undefined) return null;
  if (typeof result !== "string") return decodeBody(result);
  const isShown = parse(jsonText(maxInlineResult), result).ok;
  if (!isShown) return undefined;
  // What nests deeper than what is shown is bytes, as it is where work returns it.
  return depthOf(result) <= maxDepth ? result : decodeBody({ text: result });
}

/** What is wrong with what it was given and what it gave. */
function wrongPayloads(
  op: Exported,
  { input, body, found }: { input: string | null; body: Payload | null; found: Found },
  { maxBody }: MoveRules,
): Wrong | undefined {
  if (input !== null && found.input !== undefined)
    return { path: "input", message: "must appear once" };
  const inputSize = input === null ? (found.input ?? 0) : bytesOf(input);
  if (inputSize > maxBody) {
    const message = `requires a MAX_BODY of ${inputSize}, and it is ${maxBody}`;
    return { path: "input", message };
  }
  if (input !== null && input !== "" && !isJson(input)) {
    return { path: "input", message: `must be JSON as a string, at most ${maxDepth} levels deep` };
  }
  if (body !== null && found.result !== undefined)
    return { path: "result", message: "must appear once" };
  const has = body !== null || found.result !== undefined;
  const size = body === null ? (found.result ?? 0) : bytesOf(body);
  const head = op.result;
  if (!head)
    return has
      ? { path: "result", message: "must be left out: the operation has not succeeded" }
      : undefined;
  if (head.storage) return { path: "result", message: elsewhere };
  if (!has || size !== head.size) {
    return { path: "operation.result.size", message: `must be ${size}, the size of the result` };
  }
  if (size > maxResult) return { path: "result", message: `must be at most ${maxResult} bytes` };
  const headers = head.headers ?? [];
  if (headers.flat().join("").length > maxResultHeaders) {
    const message = `must be at most ${maxResultHeaders} characters`;
    return { path: "operation.result.headers", message };
  }
  const bad = headers.findIndex((pair) => !isHeader(pair));
  return bad < 0
    ? undefined
    : { path: `operation.result.headers[${bad}]`, message: "must be a name and a value" };
}

const elsewhere =
  "is missing: it is in the bucket of the source deployment, which exports do not include";

function isJson(text: string): boolean {
  return depthOf(text) <= maxDepth && parse(jsonText(), text).ok;
}

function bytesOf(payload: Payload): number {
  return typeof payload === "string"
    ? new TextEncoder().encode(payload).byteLength
    : payload.byteLength;
}

/** Whether the operation says of its rows what there is: they are removed with it because it does. */
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

type Sealed = { readonly target: string; readonly sealed?: string | undefined };

/** The webhook as this deployment takes it; none where its file does not say the URL. */
async function webhookOf(
  { format, ...sealed }: Sealed & { readonly format?: string | undefined },
  { map, rules }: Into,
): Promise<Result<Webhook | undefined, string>> {
  const url = await urlOf(sealed, rules);
  if (!url.ok || url.value === undefined) return url as Result<undefined, string>;
  return map.webhook(url.value, format);
}

async function urlOf(
  { sealed }: Sealed,
  rules: MoveRules,
): Promise<Result<string | undefined, string>> {
  if (sealed === undefined) return ok(undefined);
  const url = await open(sealed, rules.webhookSecrets);
  const message =
    "its URL is sealed with another WEBHOOK_SECRET: add that of the source deployment";
  return url === undefined ? failed(message) : ok(url);
}

/** What a delivery that waited is told that is not to go on by itself. */
const notSent = "The operation was moved before delivery, and the delivery was not started here";

async function opens(
  row: MovedRow,
  id: string,
  { map, rules, now, starts }: Into,
): Promise<Result<MovedRow | undefined, string>> {
  const [table, next, doc] = row;
  const { target: _, sealed, ...delivery } = JSON.parse(String(doc)) as Delivery & Sealed;
  const url = await urlOf({ target: "", sealed }, rules);
  if (!url.ok) return url;
  if (url.value === undefined) return ok(undefined);
  const webhook = map.webhook(url.value, undefined);
  if (!webhook.ok) return webhook;
  const { nextAt } = delivery;
  if (next !== (nextAt ?? null) || (next === null) === (delivery.state === "pending"))
    return failed(
      "nextAt: must equal next_at while the delivery is pending, and be left out otherwise",
    );
  if (nextAt !== undefined && nextAt > now + longest) return failed("nextAt: must be sooner");
  // The object writes anew what is sent, since that is signed.
  const opened = { ...delivery, ...webhook.value, id };
  if (next === null || starts) return ok([table, next ?? null, JSON.stringify(opened), null]);
  const { nextAt: __, ...over } = opened;
  const tries = [...over.tries, { at: now, error: notSent }].slice(-50);
  const ended = JSON.stringify({ ...over, state: "exhausted", tries });
  return ok([table, null, ended, null]);
}
