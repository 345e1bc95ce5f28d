/** place is where the dialect is spoken. */
export const place = "/api/a2a";

/** root is what the paths of HTTP+JSON begin with. */
export const root = `${place}/v1`;

/** urlOf returns the URL of a path of the dialect under a base such as `https://example.com/api`. */
export function urlOf(base: string, path: string): string {
  return `${base}${path.slice("/api".length)}`;
}
