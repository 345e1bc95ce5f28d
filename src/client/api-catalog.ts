/** usualBasePath is where the API stands where nothing says otherwise. */
export const usualBasePath = "/api";

/** catalogPath is where a service that does nothing else says where its API stands. */
export const catalogPath = "/.well-known/api-catalog";

/**
 * basePathIn is the path under which an API catalog (RFC 9727) says that the API stands, without a
 * slash at its end; `/api` for what is none.
 */
export function basePathIn(catalog: unknown): string {
  const anchor = memberOf(memberOf(memberOf(catalog, "linkset"), 0), "anchor");
  if (typeof anchor !== "string" || !URL.canParse(anchor)) return usualBasePath;
  const path = /^((?:\/[\w.~-]+)*)\/v1\/$/.exec(new URL(anchor).pathname);
  return path?.[1] ?? usualBasePath;
}

/** isBasePath says whether a text can be a base path: empty, or such as `/api`. */
export function isBasePath(text: string): boolean {
  return /^(?:\/[\w.~-]+)*$/.test(text);
}

function memberOf(value: unknown, name: string | number): unknown {
  return typeof value === "object" && value !== null
    ? (value as Record<string | number, unknown>)[name]
    : undefined;
}
