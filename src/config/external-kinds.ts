import { parseDuration } from "../base/duration.ts";
import { failed, ok } from "../base/result.ts";
import { quote } from "../core/errors.ts";
import { lastPriority } from "../core/limits.ts";
import { once, type RetryPolicy } from "../core/retry.ts";
import { retryOf, retryRequest } from "../core/shape/retry-request.ts";
import { int, object, optional, record, string } from "../core/shape/shape.ts";
import { bad, type Setting } from "./reader.ts";
import { duration, jsonObject, plainName } from "./values.ts";

/** ExternalKind is the configuration of a kind whose work is done by outside workers. */
export interface ExternalKind {
  /** The most attempts at once in one object, if there is a limit. */
  readonly maxConcurrent?: number;
  /** Defaults for creates: durations in milliseconds, at most MAX_TTL and MAX_DEADLINE. */
  readonly ttl?: number;
  readonly deadline?: number;
  readonly retry?: RetryPolicy;
  readonly priority?: number;
}

/**
 * externalRetry is the retry policy of external kinds if a create has none: three attempts, since a worker that dies
 * uses one up.
 */
export const externalRetry: RetryPolicy = { ...once, maxAttempts: 3 };

const wantKind = "must be an object with only maxConcurrent, ttl, deadline, retry and priority";
const wantLimit = "must be a limit from 1 to 999999";
const wantName = "must be a name of at most 63 letters, digits, _, . and -";
const positive = string({
  fits: (text) => duration(text).ok,
  want: "must be a duration such as 30s",
});

const entry = object(
  {
    maxConcurrent: optional(int({ min: 1, max: 999_999, wrong: wantLimit })),
    ttl: optional(positive),
    deadline: optional(positive),
    retry: optional(retryRequest),
    priority: optional(int({ min: 0, max: lastPriority })),
  },
  wantKind,
);

const parseNamed = jsonObject(
  record(string({ pattern: plainName, want: wantName }), entry, { wrong: "must be a JSON object" }),
  (name) => quote(name),
);

/**
 * parseExternalKinds parses `EXTERNAL_KINDS`: names separated by commas, each with an optional limit of concurrent
 * attempts: `resize:4, transcribe`; or a JSON object of names and settings: `{"resize": {"maxConcurrent": 4,
 * "deadline": "1h", "retry": {"maxAttempts": 5}}}`.
 *
 * @param builtIn the kinds in code, which cannot be external
 */
export function parseExternalKinds(
  builtIn: readonly string[],
): (text: string) => Setting<Readonly<Record<string, ExternalKind>>> {
  return (text) => {
    const kinds = new Map<string, ExternalKind>();
    const problems: string[] = [];
    const isObject = text.trimStart().startsWith("{");
    const entries = isObject ? named(text) : listed(text);
    if (!entries.ok) return entries;
    for (const [name, kind] of entries.value) {
      if (!kind.ok) problems.push(...kind.failure);
      else if (builtIn.includes(name)) problems.push(`${quote(name)} is a kind in code`);
      else if (kinds.has(name)) problems.push(`${quote(name)} is listed twice`);
      else kinds.set(name, kind.value);
    }
    if (problems.length > 0) return failed(problems);
    return kinds.size === 0 ? bad("must have at least one name") : ok(Object.fromEntries(kinds));
  };
}

type Entries = Setting<readonly (readonly [name: string, kind: Setting<ExternalKind>])[]>;

function listed(text: string): Entries {
  const parts = text.split(",").map((part) => part.trim());
  return ok(
    parts
      .filter((part) => part !== "")
      .map((part) => {
        const colon = part.indexOf(":");
        const name = colon === -1 ? part : part.slice(0, colon);
        const limit = colon === -1 ? undefined : part.slice(colon + 1);
        const wrong = problemOf(name, limit);
        if (wrong) return [name, bad(`${quote(part)}: ${wrong}`)];
        return [name, ok(limit === undefined ? {} : { maxConcurrent: Number(limit) })];
      }),
  );
}

function named(text: string): Entries {
  const parsed = parseNamed(text);
  if (!parsed.ok) return parsed;
  return ok(
    Object.entries(parsed.value).map(([name, { ttl, deadline, retry, ...rest }]) => {
      const policy = retry && retryOf(retry);
      if (policy && !policy.ok) {
        const problems = policy.failure.map(
          ({ path, message }) => `${quote(name)}.${path}: ${message}`,
        );
        return [name, failed(problems)];
      }
      const kept = parseDuration(ttl ?? "");
      const within = parseDuration(deadline ?? "");
      const kind = {
        ...rest,
        ...(kept !== undefined && { ttl: kept }),
        ...(within !== undefined && { deadline: within }),
        ...(policy && { retry: policy.value }),
      };
      return [name, ok(kind as ExternalKind)];
    }),
  );
}

function problemOf(name: string, limit: string | undefined): string | undefined {
  if (!plainName.test(name)) return wantName;
  if (limit === undefined || /^[1-9]\d{0,5}$/.test(limit)) return undefined;
  return `${wantLimit} after the colon`;
}
