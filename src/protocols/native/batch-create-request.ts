import * as z from "zod/mini";
import type { Config } from "../../core/config.ts";
import { type Failure, type FieldError, invalid } from "../../core/errors.ts";
import { isIdempotencyKey, wantedKey } from "../../core/idempotency-key.ts";
import { maxBatch } from "../../core/limits.ts";
import { fieldErrors } from "../field-errors.ts";
import { type CreateFields, decodeCreate } from "./create-request.ts";

/** BatchEntry is one create of a batch. */
export interface BatchEntry {
  readonly fields: CreateFields;
  /** What the client sent, without the key: the body of the same request made alone. */
  readonly asked: unknown;
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
  body: unknown,
  config: Config,
): { readonly entries: readonly (BatchEntry | Failure)[] } | { readonly error: Failure } {
  const parsed = batchCreateRequest.safeParse(body);
  if (!parsed.success) return { error: invalid(fieldErrors(parsed.error.issues)) };
  const entries = parsed.data.operations.map((entry, index) => {
    const decoded = decodeEntry(entry, config);
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

function decodeEntry(entry: unknown, config: Config): BatchEntry | Failure {
  const isObject = typeof entry === "object" && entry !== null && !Array.isArray(entry);
  const { idempotencyKey: key, ...asked }: Record<string, unknown> = isObject ? { ...entry } : {};
  const decoded = decodeCreate(isObject ? asked : entry, config);
  const isGood = key === undefined || (typeof key === "string" && isIdempotencyKey(key));
  if (!isGood) {
    const wrong = { path: "idempotencyKey", message: wantedKey };
    return invalid([wrong, ...("error" in decoded ? (decoded.error.errors ?? []) : [])]);
  }
  if ("error" in decoded) return decoded.error;
  return { fields: decoded.fields, asked, ...(key !== undefined && { key }) };
}
