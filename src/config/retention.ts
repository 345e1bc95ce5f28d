import { formatDuration, parseDuration } from "../base/duration.ts";
import { failed, ok } from "../base/result.ts";
import { quote } from "../core/errors.ts";
import { either, object, optional, record, string } from "../core/shape/shape.ts";
import type { Setting } from "./reader.ts";
import { duration, jsonObject, plainName } from "./values.ts";

/** Retention is how long the finished operations of a kind are kept, in milliseconds. */
export interface Retention {
  /** The default for creates. */
  readonly ttl?: number;
  /** The maximum for creates. */
  readonly maxTtl?: number;
}

const want = "must be a duration such as 24h, or an object with ttl and maxTtl";
const time = string({ fits: (text) => duration(text).ok, want });

const parse = jsonObject(
  record(
    string({ pattern: plainName, want: "must be the name of a kind" }),
    either([time, object({ ttl: optional(time), maxTtl: optional(time) })], want),
    { wrong: "must be a JSON object" },
  ),
  (name) => quote(name),
);

/**
 * parseRetention parses `RETENTION`: by kind, how long finished operations are kept, by default and at most: `{"echo":
 * "1h", "report": {"ttl": "72h", "maxTtl": "720h"}}`.
 */
export function parseRetention(text: string): Setting<Readonly<Record<string, Retention>>> {
  const parsed = parse(text);
  if (!parsed.ok) return parsed;
  const problems: string[] = [];
  const kinds = Object.entries(parsed.value).map(([name, said]) => {
    const { ttl, maxTtl } = typeof said === "string" ? { ttl: said, maxTtl: undefined } : said;
    const [kept, most] = [parseDuration(ttl ?? ""), parseDuration(maxTtl ?? "")];
    if (kept !== undefined && most !== undefined && kept > most) {
      problems.push(`${quote(name)}: ttl is ${formatDuration(kept)}, more than its maxTtl`);
    }
    const retention: Retention = {
      ...(kept !== undefined && { ttl: kept }),
      ...(most !== undefined && { maxTtl: most }),
    };
    return [name, retention] as const;
  });
  return problems.length > 0 ? failed(problems) : ok(Object.fromEntries(kinds));
}
