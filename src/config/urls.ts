import { ok } from "../base/result.ts";
import { quote } from "../core/errors.ts";
import { all, bad, type Setting } from "./reader.ts";

/** Scheme, host and port; what follows the host is a path or nothing. */
const shape =
  /^(?<scheme>https?):\/\/(?<host>[\w.-]+|\[[\da-f:.]+\])(?::(?<port>\d{1,5}))?(?<path>\/.*)?$/i;

/**
 * parseOrigin reads an origin as browsers write it (RFC 6454, 6.2): in lower case, without the
 * port that its scheme implies, without a slash at its end.
 */
export function parseOrigin(text: string): Setting<string> {
  const parts = shape.exec(text.toLowerCase())?.groups;
  const { scheme, host, port, path = "/" } = parts ?? {};
  if (!parts || !isPort(port) || path !== "/") {
    return bad(`must be an origin such as https://example.com, not ${quote(text)}`);
  }
  const implied = scheme === "https" ? 443 : 80;
  const shown = port === undefined || Number(port) === implied ? "" : `:${Number(port)}`;
  return ok(`${scheme}://${host}${shown}`);
}

/** parseOrigins reads origins separated by commas. */
export function parseOrigins(text: string): Setting<readonly string[]> {
  const parts = text.split(",").map((part) => part.trim());
  return all(parts.filter((part) => part !== "").map(parseOrigin));
}

/** parseSecretUrl reads a URL that may hold credentials, and tells nothing of it. */
export function parseSecretUrl(text: string): Setting<string> {
  return /^https?:\/\/[^\s\p{Cc}]+$/iu.test(text) ? ok(text) : bad("must be an http(s) URL");
}

/** parseDsn reads a Sentry DSN, which holds a key, and tells nothing of it. */
export function parseDsn(text: string): Setting<string> {
  const dsn = /^https?:\/\/\w+(?::\w+)?@(?:[\w.-]+|\[[:.\w]+\])(?::\d{1,5})?\/(?:\S+\/)?\d+$/;
  return dsn.test(text) ? ok(text) : bad("must be a DSN such as https://key@host/1");
}

/** isBase says whether a text is a base URL. It may hold nothing that URL parsers read away: a path held against it would miss that. */
export function isBase(text: string): boolean {
  const parts = shape.exec(text)?.groups;
  const { port, path = "" } = parts ?? {};
  if (!parts || !isPort(port) || /[\s\p{Cc}?#\\]/u.test(path)) return false;
  return !path.split("/").some((segment) => /^(?:\.|%2e){1,2}$/i.test(segment));
}

function isPort(text: string | undefined): boolean {
  return text === undefined || Number(text) <= 65_535;
}
