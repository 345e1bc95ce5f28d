/** place is the dialect's path. */
export const place = "/api/fal";

/** targetHeader has the URL that a client would have requested without a proxy. */
export const targetHeader = "x-fal-target-url";

/** host is the queue's host for clients that can only be configured with a proxy. */
const host = "queue.fal.run";

/**
 * routedPath returns the path of a request in the form of the routes. The client sends everything to one URL, with the
 * real one in a header; without that header the path itself counts, as in the URLs of our own responses. What precedes
 * owner and kind, `workflows` or `comfy`, is ignored.
 */
export function routedPath(path: string, { headers }: Pick<Request, "headers">): string {
  const target = targetOf(headers);
  if (headers.has(targetHeader) && target?.host !== host) return "";
  const below = target ? target.pathname : path.slice(place.length);
  return place + below.replace(/^\/(?:workflows|comfy)(?=\/[^/]+\/[^/]+)/, "");
}

/** queryOf returns the query of a request: of the URL in the header, if there is one. */
export function queryOf({ request: { headers }, url }: { request: Request; url: URL }) {
  return (targetOf(headers) ?? url).searchParams;
}

function targetOf(headers: Headers): URL | undefined {
  return URL.parse(headers.get(targetHeader) ?? "") ?? undefined;
}
