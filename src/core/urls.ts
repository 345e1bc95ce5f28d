import * as z from "zod/mini";
import { bad, type Setting } from "./config-reader.ts";
import { jsonObject, plainName } from "./config-values.ts";
import { quote } from "./errors.ts";

/** Scheme, host and port; what follows the host is a path or nothing. */
const shape = /^(https?):\/\/([\w.-]+|\[[\da-f:.]+\])(?::(\d{1,5}))?(\/.*)?$/i;

const record = z.record(
  z.string().check(z.regex(plainName, "want a name of letters, digits, _, . and -, at most 63")),
  z.string("want a text").check(
    z.refine((text) => isBase(text), {
      message: "want an http(s) URL without credentials, query, fragment or .. in its path",
    }),
  ),
  "want a JSON object",
);

// A key that is no plain name could be anything, a URL included, so it is not told.
const parse = jsonObject<string>(record, (key, position) =>
  plainName.test(key) ? key : `entry ${position}`,
);

/** parseUpstreams reads `UPSTREAMS`: name to base URL, without a slash at its end. */
export function parseUpstreams(text: string): Setting<Readonly<Record<string, string>>> {
  const parsed = parse(text);
  if ("problems" in parsed) return parsed;
  const bases = Object.entries(parsed.value).map(([name, base]) => [
    name,
    base.replace(/\/+$/, ""),
  ]);
  return { value: Object.fromEntries(bases) };
}

/**
 * parseOrigin reads an origin as browsers write it (RFC 6454, 6.2): in lower case, without the
 * port that its scheme implies, without a slash at its end.
 */
export function parseOrigin(text: string): Setting<string> {
  const [, scheme = "", host = "", port, path = "/"] = shape.exec(text.toLowerCase()) ?? [];
  if (scheme === "" || !isPort(port) || path !== "/") {
    return bad(`want an origin such as https://example.com, not ${quote(text)}`);
  }
  const implied = scheme === "https" ? 443 : 80;
  const shown = port === undefined || Number(port) === implied ? "" : `:${Number(port)}`;
  return { value: `${scheme}://${host}${shown}` };
}

/** parseOrigins reads origins separated by commas. */
export function parseOrigins(text: string): Setting<readonly string[]> {
  const parts = text.split(",").map((part) => part.trim());
  const origins = parts.filter((part) => part !== "").map(parseOrigin);
  const problems = origins.flatMap((origin) => ("problems" in origin ? origin.problems : []));
  if (problems.length > 0) return { problems };
  return { value: origins.flatMap((origin) => ("value" in origin ? [origin.value] : [])) };
}

/** parseSecretUrl reads a URL that may hold credentials, and tells nothing of it. */
export function parseSecretUrl(text: string): Setting<string> {
  return /^https?:\/\/[^\s\p{Cc}]+$/iu.test(text) ? { value: text } : bad("want an http(s) URL");
}

/** parseDsn reads a Sentry DSN, which holds a key, and tells nothing of it. */
export function parseDsn(text: string): Setting<string> {
  const dsn = /^https?:\/\/\w+(?::\w+)?@(?:[\w.-]+|\[[:.\w]+\])(?::\d{1,5})?\/(?:\S+\/)?\d+$/;
  return dsn.test(text) ? { value: text } : bad("want a DSN such as https://key@host/1");
}

/** A base may hold nothing that URL parsers read away: a path held against it would miss that. */
function isBase(text: string): boolean {
  const [, , , port, path = ""] = shape.exec(text) ?? ["", "", "", "none"];
  if (!isPort(port) || /[\s\p{Cc}?#\\]/u.test(path)) return false;
  return !path.split("/").some((segment) => /^(?:\.|%2e){1,2}$/i.test(segment));
}

function isPort(text: string | undefined): boolean {
  return text === undefined || Number(text) <= 65_535;
}
