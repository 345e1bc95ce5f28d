import { ok, type Result } from "../../base/result.ts";
import { type Failure, invalidField, quote } from "../../core/errors.ts";
import { type TrendRange, trendRanges } from "../../core/statistics/trends.ts";

const ranges = Object.keys(trendRanges).join(" or ");

/** decodeTrends reads the query of `GET /trends`: its `range`, 15m if there is none. */
export function decodeTrends(query: URLSearchParams): Result<TrendRange, Failure> {
  const range = query.get("range") ?? "15m";
  if (isRange(range)) return ok(range);
  return invalidField("range", `must be ${ranges}, not ${quote(range)}`);
}

function isRange(text: string): text is TrendRange {
  return Object.hasOwn(trendRanges, text);
}
