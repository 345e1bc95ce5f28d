import * as z from "zod/mini";
import type { Config } from "../../config/config.ts";
import { type Failure, type FieldError, invalid } from "../../core/errors.ts";
import { isIdempotencyKey, wantedKey } from "../../core/idempotency-key.ts";
import type { Json } from "../../core/json/json.ts";
import { maxBatch } from "../../core/limits.ts";
import { fieldErrors } from "../../kinds/field-errors.ts";
import { type CreateFields, decodeCreate, type OwnLimits } from "./create-request.ts";
import { memberOf } from "./payload.ts";

/** BatchEntry is one create of a batch. */
export interface BatchEntry {
  readonly fields: CreateFields;
  /** What the client sent, without the key: the body of the same request made alone. */
  readonly asked: Json;
  readonly key?: string;
}

/** batchCreateRequest is the body of `POST /operations:batchCreate`, its entries not yet looked into. */
export const batchCreateRequest = z.strictObject({
  operations: z
    .array(z.unknown())
    .check(z.maxLength(maxBatch, `want at most ${maxBatch} operations`)),
});

/**
 * decodeBatchCreate reads the body of `POST /operations:batchCreate`. Each entry is the body of a
 * create, with an `idempotencyKey` where it has one, and is good or not by itself.
 */
export function decodeBatchCreate(
  body: Json,
  config: Config,
  ownLimits: OwnLimits,
): { readonly entries: readonly (BatchEntry | Failure)[] } | { readonly error: Failure } {
  const parsed = batchCreateRequest.safeParse(body.value);
  if (!parsed.success) return { error: invalid(fieldErrors(parsed.error.issues)) };
  const { operations } = parsed.data;
  // The same in both, but for numbers, and so as many.
  const exact = memberOf(body, "operations").exact as readonly unknown[];
  const entries = operations.map((value, index) => {
    const decoded = decodeEntry({ value, exact: exact[index] }, config, ownLimits);
    return "code" in decoded ? inEntry(index, decoded) : decoded;
  });
  return { entries };
}

/** inEntry makes what is wrong with one create say in which entry of its batch it is wrong. */
export function inEntry(index: number, failure: Failure): Failure {
  if (!failure.errors) return failure;
  const entry = `operations[${index}]`;
  const placed = ({ path, message }: FieldError) => ({
    path: path === "" ? entry : `${entry}.${path}`,
    message,
  });
  return invalid(failure.errors.map(placed));
}

function decodeEntry(entry: Json, config: Config, ownLimits: OwnLimits): BatchEntry | Failure {
  const key = memberOf(entry, "idempotencyKey").value;
  const value = withoutKey(entry.value);
  const exact = entry.exact === entry.value ? value : withoutKey(entry.exact);
  const asked = { value, exact };
  const decoded = decodeCreate(asked, config, ownLimits);
  const isGood = key === undefined || (typeof key === "string" && isIdempotencyKey(key));
  if (!isGood) {
    const wrong = { path: "idempotencyKey", message: wantedKey };
    return invalid([wrong, ...("error" in decoded ? (decoded.error.errors ?? []) : [])]);
  }
  if ("error" in decoded) return decoded.error;
  return { fields: decoded.fields, asked, ...(key !== undefined && { key }) };
}

function withoutKey(entry: unknown): unknown {
  if (typeof entry !== "object" || entry === null || Array.isArray(entry)) return entry;
  const { idempotencyKey: _, ...rest }: Record<string, unknown> = { ...entry };
  return rest;
}
