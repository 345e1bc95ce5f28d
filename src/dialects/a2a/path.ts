/** place is the dialect's path. */
export const place = "/api/a2a";

/** root is the beginning of the paths of HTTP+JSON. */
export const root = `${place}/v1`;

/** urlOf returns the URL of a path of the dialect under a base such as `https://example.com/api`. */
export function urlOf(base: string, path: string): string {
  return `${base}${path.slice("/api".length)}`;
}
