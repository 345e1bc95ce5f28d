import { failed, ok } from "../base/result.ts";
import { parse as parseShape } from "../core/shape/parse.ts";
import { boolean, int, object, optional, record, string, unknown } from "../core/shape/shape.ts";
import { bad, type Setting } from "./reader.ts";
import { isBase } from "./urls.ts";
import { duration, jsonObject, plainName } from "./values.ts";

/** Upstream is a service that the async proxy sends requests to. */
export interface Upstream {
  /** The base URL, without a trailing slash. */
  readonly url: string;
  /** Headers to add to every request, including secrets; by names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** The timeout of one request, in milliseconds. */
  readonly timeout?: number;
  /** Whether a request may be repeated, whatever its method. */
  readonly idempotent: boolean;
  /** How many requests one object of a tenant may send to it at once, if there is a limit. */
  readonly maxConcurrent?: number;
}

/** ParseUpstreams is the type of parseUpstreams. */
export type ParseUpstreams = typeof parseUpstreams;

const wantBase = "must be an http(s) URL without credentials, query, fragment or .. in its path";
const wantObject =
  "must be a URL, or an object with only url, headers, timeout, idempotent and maxConcurrent";
const wantHeaders = "must be an object of names and strings";
const wantLimit = "must be a whole number from 1 to 999999";
const wantTimeout = "must be a duration such as 30s";

const base = string({ wrong: wantBase, fits: isBase, want: wantBase });

const entry = object(
  {
    url: base,
    headers: optional(record(string(), string({ wrong: wantHeaders }), { wrong: wantHeaders })),
    timeout: optional(
      string({ wrong: wantTimeout, fits: (text) => duration(text).ok, want: wantTimeout }),
    ),
    idempotent: optional(boolean("must be true or false")),
    maxConcurrent: optional(int({ min: 1, max: 999_999, wrong: wantLimit })),
  },
  wantObject,
);

const byName = record(
  string({ pattern: plainName, want: "must be a name of at most 63 letters, digits, _, . and -" }),
  unknown,
  { wrong: "must be a JSON object" },
);

// A key that is not a plain name could be anything, such as a URL, so it is not quoted.
const parse = jsonObject<unknown>(byName, (key, position) =>
  plainName.test(key) ? key : `entry ${position}`,
);

/** Headers that a connection, fetch or the proxy itself sets, and that cannot be configured. */
const reserved = new RegExp(
  "^(connection|keep-alive|proxy-.*|te|trailer|transfer-encoding|upgrade|accept-encoding|expect|host" +
    "|content-length|idempotency-key|operation-(id|attempt)|forwarded|x-forwarded-.*)$",
);

const reference = /\$\{([^}]*)\}/g;
const secretName = /^[A-Za-z_]\w{0,127}$/;

/** secretNames returns the names of the secrets that an UPSTREAMS text refers to, as `${NAME}`. */
export function secretNames(upstreams: string): string[] {
  const names = [...upstreams.matchAll(reference)].map(([text]) => text.slice(2, -1));
  return [...new Set(names)].filter((name) => secretName.test(name));
}

/**
 * parseUpstreams parses `UPSTREAMS`: by name a base URL, or an object with headers in which `${NAME}` stands for a
 * secret. Its errors quote no value.
 *
 * @param env where secrets are looked up by name
 * @param own names of this service's own secrets, which are never sent to upstreams
 */
export function parseUpstreams(
  env: Readonly<Record<string, unknown>>,
  own: readonly string[],
): (text: string) => Setting<Readonly<Record<string, Upstream>>> {
  return (text) => {
    const parsed = parse(text);
    if (!parsed.ok) return parsed;
    const upstreams = new Map<string, Upstream>();
    const problems: string[] = [];
    for (const [name, value] of Object.entries(parsed.value)) {
      const upstream = upstreamOf(name, value, env, own);
      if (upstream.ok) upstreams.set(name, upstream.value);
      else problems.push(...upstream.failure);
    }
    return problems.length > 0 ? failed(problems) : ok(Object.fromEntries(upstreams));
  };
}

function upstreamOf(
  name: string,
  value: unknown,
  env: Readonly<Record<string, unknown>>,
  own: readonly string[],
): Setting<Upstream> {
  if (typeof value === "string") {
    if (!isBase(value)) return bad(`${name}: ${wantBase}`);
    return ok({ url: bare(value), headers: {}, idempotent: false });
  }
  const parsed = parseShape(entry, value);
  if (!parsed.ok) {
    // Only the names of known members are quoted.
    const problems = parsed.failure.map(({ path: [member], message }) =>
      member === undefined ? `${name}: ${message}` : `${name}.${String(member)}: ${message}`,
    );
    return failed(problems);
  }
  const { url, headers = {}, timeout, idempotent = false, maxConcurrent } = parsed.value;
  const sent = headersOf(`${name}.headers`, headers, env, own);
  if (!sent.ok) return sent;
  const limit = timeout === undefined ? undefined : duration(timeout);
  return ok({
    url: bare(url),
    headers: sent.value,
    ...(limit?.ok && { timeout: limit.value }),
    idempotent,
    ...(maxConcurrent !== undefined && { maxConcurrent }),
  });
}

function headersOf(
  where: string,
  headers: Readonly<Record<string, string>>,
  env: Readonly<Record<string, unknown>>,
  own: readonly string[],
): Setting<Readonly<Record<string, string>>> {
  const values = new Map<string, string>();
  const problems: string[] = [];
  for (const [index, [header, text]] of Object.entries(headers).entries()) {
    const name = header.toLowerCase();
    if (!/^[!#$%&'*+.^_`|~0-9a-z-]{1,128}$/.test(name)) {
      problems.push(`${where}: entry ${index + 1} does not have a valid header name`);
      continue;
    }
    if (reserved.test(name)) problems.push(`${where}.${name}: cannot be configured`);
    else if (values.has(name)) problems.push(`${where}.${name}: is listed twice`);
    const wrong: string[] = [];
    const value = text.replace(reference, (whole, secret: string) => {
      const found = secretOf(secret, env, own);
      if (found.ok) return found.value;
      wrong.push(...found.failure);
      return whole;
    });
    if (!/^[\x21-\x7e](?:[\t\x20-\x7e]*[\x21-\x7e])?$/.test(value)) {
      wrong.push("must be printable ASCII, including its secrets");
    }
    problems.push(...wrong.map((message) => `${where}.${name}: ${message}`));
    values.set(name, value);
  }
  return problems.length > 0 ? failed(problems) : ok(Object.fromEntries(values));
}

function secretOf(
  name: string,
  env: Readonly<Record<string, unknown>>,
  own: readonly string[],
): Setting<string> {
  // An invalid name could be the secret itself.
  if (!secretName.test(name)) return bad("must have the name of a secret between the braces");
  if (own.includes(name))
    return bad(`${name} is a setting of this service, and is never sent to upstreams`);
  const value = Object.hasOwn(env, name) ? env[name] : undefined;
  return typeof value === "string" && value !== ""
    ? ok(value)
    : bad(`the secret ${name} is not set`);
}

function bare(url: string): string {
  return url.replace(/\/+$/, "");
}
