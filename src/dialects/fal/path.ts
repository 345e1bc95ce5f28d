/** place is where the dialect is spoken. */
export const place = "/api/fal";

/** targetHeader has the URL that a client would have asked, where it was told of a proxy. */
export const targetHeader = "x-fal-target-url";

/** host is where a queue is, to a client that cannot be told another place but a proxy. */
const host = "queue.fal.run";

/**
 * routedPath returns the path of a request as the routes have it. The client sends everything to one URL, with
 * the real one in a header; without that header the path itself counts, as in the URLs of our own answers.
 * What goes before owner and kind, `workflows` or `comfy`, says nothing here.
 */
export function routedPath(path: string, { headers }: Pick<Request, "headers">): string {
  const target = targetOf(headers);
  if (headers.has(targetHeader) && target?.host !== host) return "";
  const below = target ? target.pathname : path.slice(place.length);
  return place + below.replace(/^\/(?:workflows|comfy)(?=\/[^/]+\/[^/]+)/, "");
}

/** queryOf returns the query of a request: of the URL that the client would have asked, where it says which. */
export function queryOf({ request: { headers }, url }: { request: Request; url: URL }) {
  return (targetOf(headers) ?? url).searchParams;
}

function targetOf(headers: Headers): URL | undefined {
  return URL.parse(headers.get(targetHeader) ?? "") ?? undefined;
}
