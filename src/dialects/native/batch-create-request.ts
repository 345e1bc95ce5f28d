import { failed, ok, type Result } from "../../base/result.ts";
import type { Config } from "../../config/config.ts";
import { type Failure, type FieldError, invalid } from "../../core/errors.ts";
import { isIdempotencyKey, wantedKey } from "../../core/idempotency-key.ts";
import type { Json } from "../../core/json/json.ts";
import { maxBatch } from "../../core/limits.ts";
import { parse } from "../../core/shape/parse.ts";
import { array, object, unknown } from "../../core/shape/shape.ts";
import { fieldErrors } from "../../kinds/field-errors.ts";
import type { Entry } from "../../map/creating/new-operation.ts";
import { decodeCreate } from "./create-request.ts";
import { memberOf } from "./payload.ts";

/** batchCreateRequest is the body of `POST /operations:batchCreate`, whose entries have not been checked yet. */
const batchCreateRequest = object({
  operations: array(unknown, { max: maxBatch, many: `at most ${maxBatch} operations are allowed` }),
});

/**
 * decodeBatchCreate reads the body of `POST /operations:batchCreate`. Each entry is the body of a create, with an
 * optional `idempotencyKey`, and is valid or not independently.
 */
export function decodeBatchCreate(
  body: Json,
  config: Config,
): Result<readonly Result<Entry, Failure>[], Failure> {
  const parsed = parse(batchCreateRequest, body.value);
  if (!parsed.ok) return failed(invalid(fieldErrors(parsed.failure)));
  const { operations } = parsed.value;
  // Both have the same entries, except for numbers, and so the same number of them.
  const exact = memberOf(body, "operations").exact as readonly unknown[];
  return ok(operations.map((value, index) => decodeEntry({ value, exact: exact[index] }, config)));
}

/** inEntry adds to an error of one create in which entry of the batch it is. */
export function inEntry(index: number, failure: Failure): Failure {
  if (!failure.errors) return failure;
  const entry = `operations[${index}]`;
  const placed = ({ path, message }: FieldError) => ({
    path: path === "" ? entry : `${entry}.${path}`,
    message,
  });
  return invalid(failure.errors.map(placed));
}

function decodeEntry(entry: Json, config: Config): Result<Entry, Failure> {
  const key = memberOf(entry, "idempotencyKey").value;
  const value = withoutKey(entry.value);
  const exact = entry.exact === entry.value ? value : withoutKey(entry.exact);
  const asked = { value, exact };
  const decoded = decodeCreate(asked, config);
  const isGood = key === undefined || (typeof key === "string" && isIdempotencyKey(key));
  if (!isGood) {
    const wrong = { path: "idempotencyKey", message: wantedKey };
    return failed(invalid([wrong, ...(decoded.ok ? [] : (decoded.failure.errors ?? []))]));
  }
  if (!decoded.ok) return decoded;
  const operation = decoded.value;
  return key === undefined
    ? ok({ operation })
    : ok({ operation, once: { key, asked: { former: value, meaning: exact } } });
}

function withoutKey(entry: unknown): unknown {
  if (typeof entry !== "object" || entry === null || Array.isArray(entry)) return entry;
  const { idempotencyKey: _, ...rest }: Record<string, unknown> = { ...entry };
  return rest;
}
