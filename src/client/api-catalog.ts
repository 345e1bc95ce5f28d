/** usualBasePath is the default base path of the API. */
export const usualBasePath = "/api";

/** catalogPath is where a service publishes the location of its API. */
export const catalogPath = "/.well-known/api-catalog";

/**
 * basePathIn returns the base path of the API in an API catalog (RFC 9727), without a slash at its end, or `/api` if it
 * is not a catalog.
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
