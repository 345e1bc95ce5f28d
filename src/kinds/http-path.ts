import { type FieldError, quote } from "../core/errors.ts";

/** How often a path is decoded to see where it leads: more than any chain of servers does it. */
const maxDecodings = 4;

/** target is the URL of a path and a query under a base URL, which has no slash at its end. */
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
 * Whether some server could read a segment of it as `..`: servers decode, some of them twice, take a
 * backslash for a slash, and leave out parameters (`..;a=b`), white space and control characters.
 */
function climbs(path: string): boolean {
  let text = path;
  for (let time = 0; ; time++) {
    if (text.split(/[/\\]/).some(isParent)) return true;
    let decoded: string;
    try {
      decoded = decodeURIComponent(text);
    } catch {
      // What is no encoding at first is nothing that can be passed on; later it is a plain percent sign.
      return time === 0;
    }
    if (decoded === text) return false;
    if (time === maxDecodings) return true;
    text = decoded;
  }
}

function isParent(segment: string): boolean {
  const [name = ""] = segment.replace(/[\s\p{Cc}]/gu, "").split(";");
  return name === "..";
}
