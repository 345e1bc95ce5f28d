import { type FieldError, quote } from "../../core/errors.ts";

/** How often a path is decoded to see where it leads: more than any chain of servers does it. */
const maxDecodings = 4;

/** target returns the URL of a path and a query under a base URL, which has no slash at its end. */
export function target(base: string, path: string, query: string): string {
  const slash = path.startsWith("/") ? "" : "/";
  return `${base}${slash}${path}${query === "" ? "" : `?${query}`}`;
}

/** wrongPath says that a path leads out of the base URL, however it is written. */
export function wrongPath(base: string, path: string): FieldError | undefined {
  const wrong = { path: "path", message: `Cannot forward path ${quote(path)}` };
  // What begins a query or a fragment, and what URL parsers turn into a slash or read away.
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
 * Whether some server could read a segment of it as `..`: servers decode, some of them twice, and
 * read on where something is no encoding. They take a backslash for a slash, leave out parameters
 * (`..;a=b`), white space and control characters, and read as a query what was decoded to one.
 */
function climbs(path: string): boolean {
  // What is no encoding at first is nothing that can be passed on; later it is a plain percent sign.
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

/** Characters that a path is made of, by the last byte of a UTF-8 that is longer than it may be. */
const overlong: Readonly<Record<string, string>> = { ae: ".", af: "/", "9c": "\\" };
const overlongs = /%(?:c0|e0%80|f0%80%80)%(a[ef])|%(?:c1|e0%81|f0%80%81)%(9c)/gi;

/** decode decodes as the most lenient server does: what is no encoding stays as it is. */
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
