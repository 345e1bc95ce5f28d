import { distance } from "../../base/distance.ts";
import { type Failure, type FieldError, invalid, quote } from "../../core/errors.ts";

/** repeatable lists the parameters that may be given more than once; each value counts. */
const repeatable: readonly string[] = ["status", "kind", "label"];

/**
 * refuseQuery returns why a query is refused: a parameter that its route does not read, or one given twice where only
 * one value can count. A misspelt filter would otherwise select everything.
 *
 * @param known the parameters that the route reads
 */
export function refuseQuery(
  query: URLSearchParams,
  known: readonly string[] = [],
): Failure | undefined {
  const errors = [...new Set(query.keys())].flatMap((name) => problemOf(name, query, known) ?? []);
  return errors.length === 0 ? undefined : invalid(errors);
}

function problemOf(
  name: string,
  query: URLSearchParams,
  known: readonly string[],
): FieldError | undefined {
  const path = quote(name).slice(1, -1);
  if (!known.includes(name)) return { path, message: unknown(name, known) };
  const count = new Set(query.getAll(name)).size;
  if (count === 1 || repeatable.includes(name)) return undefined;
  return { path, message: `must have one value, not ${count}` };
}

function unknown(name: string, known: readonly string[]): string {
  if (known.length === 0) return "Unknown parameter; this endpoint takes none";
  const close = suggestion(name, known);
  const hint = close === undefined ? `known: ${known.join(", ")}` : `did you mean ${close}?`;
  return `Unknown parameter; ${hint}`;
}

/** The known name that is most similar, if it is similar enough to be meant. */
function suggestion(name: string, known: readonly string[]): string | undefined {
  // Nobody means a short name by a very long one, and computing the distance takes time.
  if (name.length > 64) return undefined;
  const plain = plainOf(name);
  const [best] = known
    .map((candidate) => ({ candidate, steps: distance(plain, plainOf(candidate)) }))
    .sort((a, b) => a.steps - b.steps);
  return best && best.steps <= 2 && best.steps < plain.length ? best.candidate : undefined;
}

/** `page_token` and `PageToken` are other spellings of pageToken. */
function plainOf(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, "");
}
