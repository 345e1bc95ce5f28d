import { failed, ok, type Result } from "../../base/result.ts";
import type { BulkAction, BulkInput } from "../../core/bulk.ts";
import { type Failure, invalid, invalidField } from "../../core/errors.ts";
import { maxLabels } from "../../core/limits.ts";
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
import { maxFilter } from "../../core/watching/watch.ts";
import { fieldErrors } from "../../kinds/field-errors.ts";
import { decodeList } from "./list-request.ts";

/** A name with the longest value, and room. */
const word = string({ max: 400 });

const words = optional(
  either(
    [word, array(word, { min: 1, max: 100 })],
    "must be a string of at most 400 characters, or a list of them",
  ),
);

/** bulkFilter selects the operations, by the names of a list's parameters. */
export const bulkFilter = object({
  status: words,
  kind: words,
  label: words,
  labels: optional(
    record(word, string({ max: 256 }), {
      max: maxLabels,
      many: `at most ${maxLabels} labels are allowed`,
    }),
  ),
  createdAfter: optional(string()),
  createdBefore: optional(string()),
  all: optional(boolean()),
});

/** bulkRequest is the body of `POST /operations:cancelMany`, `:deleteMany` and `:rerunMany`. */
export const bulkRequest = object({ filter: bulkFilter, dryRun: optional(boolean()) });

/** decodeBulk reads it. An empty filter is refused, unless it says `all: true` and nothing else. */
export function decodeBulk(action: BulkAction, body: unknown): Result<BulkInput, Failure> {
  const parsed = parse(bulkRequest, body);
  if (!parsed.ok) return failed(invalid(fieldErrors(parsed.failure)));
  const { filter, dryRun } = parsed.value;
  // It is stored with the operation, and must fit in its row.
  if (new TextEncoder().encode(JSON.stringify(filter)).byteLength > maxFilter) {
    return invalidField("filter", `must be at most ${maxFilter} bytes`);
  }
  const { all, labels = {}, ...named } = filter;
  const asked = new URLSearchParams();
  for (const [name, value = []] of Object.entries(named)) {
    for (const text of [value].flat()) asked.append(name, text);
  }
  for (const [name, value] of Object.entries(labels)) asked.append("label", `${name}:${value}`);
  if ((all === true) === asked.size > 0) {
    const message = all
      ? "must have no other member beside all"
      : "must have at least one filter, or all: true";
    return invalidField("filter", message);
  }
  const decoded = decodeList(asked);
  if (!decoded.ok) {
    const errors = decoded.failure.errors ?? [];
    return failed(invalid(errors.map((one) => ({ ...one, path: `filter.${one.path}` }))));
  }
  const { order: _, limit: __, ...query } = decoded.value;
  return ok({ action, filter, query, ...(dryRun && { dryRun }) });
}
