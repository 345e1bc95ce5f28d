import { ok } from "../base/result.ts";
import { quote } from "../core/errors.ts";
import { all, bad, type Setting } from "./reader.ts";

/** Scheme, host and port, optionally followed by a path. */
const shape =
  /^(?<scheme>https?):\/\/(?<host>[\w.-]+|\[[\da-f:.]+\])(?::(?<port>\d{1,5}))?(?<path>\/.*)?$/i;

/**
 * parseOrigin parses an origin and returns it as browsers write it (RFC 6454, 6.2): in lower case, without the default
 * port of its scheme, and without a trailing slash.
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

/** parseOrigins parses origins separated by commas. */
export function parseOrigins(text: string): Setting<readonly string[]> {
  const parts = text.split(",").map((part) => part.trim());
  return all(parts.filter((part) => part !== "").map(parseOrigin));
}

/** parseSecretUrl parses a URL that may contain credentials; errors do not quote it. */
export function parseSecretUrl(text: string): Setting<string> {
  return /^https?:\/\/[^\s\p{Cc}]+$/iu.test(text) ? ok(text) : bad("must be an http(s) URL");
}

/** parseDsn parses a Sentry DSN, which contains a key; errors do not quote it. */
export function parseDsn(text: string): Setting<string> {
  const dsn = /^https?:\/\/\w+(?::\w+)?@(?:[\w.-]+|\[[:.\w]+\])(?::\d{1,5})?\/(?:\S+\/)?\d+$/;
  return dsn.test(text) ? ok(text) : bad("must be a DSN such as https://key@host/1");
}

/**
 * isBase says whether a text is a base URL. It must not contain anything that URL parsers remove, because paths are
 * compared with it.
 */
export function isBase(text: string): boolean {
  const parts = shape.exec(text)?.groups;
  const { port, path = "" } = parts ?? {};
  if (!parts || !isPort(port) || /[\s\p{Cc}?#\\]/u.test(path)) return false;
  return !path.split("/").some((segment) => /^(?:\.|%2e){1,2}$/i.test(segment));
}

function isPort(text: string | undefined): boolean {
  return text === undefined || Number(text) <= 65_535;
}
