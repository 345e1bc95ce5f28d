import { failed, type Result } from "../../../base/result.ts";
import type { MovedDocument } from "../../../core/document.ts";
import { type Failure, invalid, invalidField } from "../../../core/errors.ts";
import { depthOf } from "../../../core/json/json-depth.ts";
import { maxDepth, maxDocument } from "../../../core/limits.ts";
import { parse } from "../../../core/shape/parse.ts";
import { int, object, string } from "../../../core/shape/shape.ts";
import { fieldErrors } from "../../../kinds/field-errors.ts";

const line = object({
  storage: string({ pattern: /^[A-Za-z]{1,64}$/, want: "must be the name of a storage" }),
  id: string({
    pattern: /^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,251}[A-Za-z0-9])?$/,
    want: "must be the id of a document",
  }),
  createdAt: int({ min: 0 }),
  document: string({ max: maxDocument }),
});

/** Members that a store adds to a document; a file must not contain them. */
const stamps = ["creationTimestamp", "resourceVersion"];

/** decodeDocumentLine decodes a line of type `document`, without its type. */
export function decodeDocumentLine(given: unknown, now: number): Result<MovedDocument, Failure> {
  const parsed = parse(line, given);
  if (!parsed.ok) return failed(invalid(fieldErrors(parsed.failure)));
  const { id, createdAt, document } = parsed.value;
  if (createdAt > now) return invalidField("createdAt", "must not be in the future");
  const read = depthOf(document) <= maxDepth ? objectIn(document) : undefined;
  if (!read || read.id !== id)
    return invalidField("document", "must be a JSON object as a string, with its id");
  const twice = stamps.find((name) => Object.hasOwn(read, name));
  return twice === undefined ? parsed : invalidField("document", `must not contain ${twice}`);
}

function objectIn(text: string): Record<string, unknown> | undefined {
  // Stamps are inserted before the last brace.
  if (!text.startsWith("{") || !text.endsWith("}")) return undefined;
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}
