import { failed, ok, type Result } from "../../base/result.ts";
import type { BulkAction, BulkInput } from "../../core/bulk.ts";
import { type Failure, invalid } from "../../core/errors.ts";
import { parse } from "../../core/shape/parse.ts";
import {
  array,
  boolean,
  either,
  object,
  optional,
  record,
  string,
} from "../../core/shape/shape.ts";
import { fieldErrors } from "../../kinds/field-errors.ts";
import { decodeList } from "./list-request.ts";

const words = optional(
  either([string(), array(string(), { min: 1, max: 100 })], "want a text, or several in a list"),
);

/** bulkFilter says which operations are meant, by the names that a list has. */
export const bulkFilter = object({
  status: words,
  kind: words,
  label: words,
  labels: optional(record(string(), string())),
  createdAfter: optional(string()),
  createdBefore: optional(string()),
  all: optional(boolean()),
});

/** bulkRequest is the body of `POST /operations:cancelMany`, `:deleteMany` and `:rerunMany`. */
export const bulkRequest = object({ filter: bulkFilter, dryRun: optional(boolean()) });

/** decodeBulk reads it. A filter that is empty is refused, unless it says `all: true` and nothing else. */
export function decodeBulk(action: BulkAction, body: unknown): Result<BulkInput, Failure> {
  const parsed = parse(bulkRequest, body);
  if (!parsed.ok) return failed(invalid(fieldErrors(parsed.failure)));
  const { filter, dryRun } = parsed.value;
  const { all, labels = {}, ...named } = filter;
  const asked = new URLSearchParams();
  for (const [name, value = []] of Object.entries(named)) {
    for (const text of [value].flat()) asked.append(name, text);
  }
  for (const [name, value] of Object.entries(labels)) asked.append("label", `${name}:${value}`);
  if ((all === true) === asked.size > 0) {
    const message = all
      ? "want no other member beside all"
      : "want something to find operations by, or all: true";
    return failed(invalid([{ path: "filter", message }]));
  }
  const decoded = decodeList(asked);
  if (!decoded.ok) {
    const errors = decoded.failure.errors ?? [];
    return failed(invalid(errors.map((one) => ({ ...one, path: `filter.${one.path}` }))));
  }
  const { order: _, limit: __, ...query } = decoded.value;
  return ok({ action, filter, query, ...(dryRun && { dryRun }) });
}
