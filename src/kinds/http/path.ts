import { type FieldError, quote } from "../../core/errors.ts";

/** How many times a path is decoded to see where it leads: more than any chain of servers does. */
const maxDecodings = 4;

/** target returns the URL of a path and a query under a base URL without a trailing slash. */
export function target(base: string, path: string, query: string): string {
  const slash = path.startsWith("/") ? "" : "/";
  return `${base}${slash}${path}${query === "" ? "" : `?${query}`}`;
}

/** wrongPath returns an error if a path leads out of the base URL, in any encoding. */
export function wrongPath(base: string, path: string): FieldError | undefined {
  const wrong = { path: "path", message: `Cannot forward path ${quote(path)}` };
  // Characters that begin a query or a fragment, and those that URL parsers turn into a slash or remove.
  if (/[?#\\\p{Cc}]/u.test(path)) return wrong;
  if (!URL.canParse(target(base, path, ""))) return wrong;
  const url = new URL(target(base, path, ""));
  const inside = isInside(base, url);
  return inside && !climbs(path) ? undefined : wrong;
}

/** isInside says whether a URL is a base URL, or below it. */
export function isInside(base: string, url: URL): boolean {
  const root = new URL(`${base}/`);
  return url.origin === root.origin && `${url.pathname}/`.startsWith(root.pathname);
}

/**
 * Whether some server could read a segment of it as `..`. Servers decode paths, some of them twice, and tolerate
 * invalid encodings. They treat a backslash as a slash, drop parameters (`..;a=b`), white space and control characters,
 * and may read a decoded `?` as the start of a query.
 */
function climbs(path: string): boolean {
  // An invalid encoding cannot be passed on at first; after decoding it is a plain percent sign.
  if (!isEncoding(path)) return true;
  let text = path;
  for (let time = 0; ; time++) {
    if (text.normalize("NFKC").split(/[/\\]/).some(isParent)) return true;
    const decoded = decode(text);
    if (decoded === text) return false;
    if (time === maxDecodings) return true;
    text = decoded;
  }
}

function isEncoding(text: string): boolean {
  try {
    return decodeURIComponent(text) !== undefined;
  } catch {
    return false;
  }
}

/** Characters of paths, by the last byte of their overlong UTF-8 encodings. */
const overlong: Readonly<Record<string, string>> = { ae: ".", af: "/", "9c": "\\" };
const overlongs = /%(?:c0|e0%80|f0%80%80)%(a[ef])|%(?:c1|e0%81|f0%80%81)%(9c)/gi;

/** decode decodes like the most lenient server: invalid encodings stay as they are. */
function decode(text: string): string {
  const decoder = new TextDecoder();
  return text
    .replace(overlongs, (_, a = "", b = "") => overlong[`${a}${b}`.toLowerCase()] ?? "")
    .replace(/%u00([0-7][\da-f])/gi, "%$1")
    .replace(/(?:%[\da-f]{2})+/gi, (run) =>
      decoder.decode(Uint8Array.fromHex(run.replaceAll("%", ""))),
    );
}

function isParent(segment: string): boolean {
  const [name = ""] = segment.replace(/[\s\p{Cc}]/gu, "").split(/[;?#]/);
  return name === "..";
}
