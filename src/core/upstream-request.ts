/**
 * UpstreamRequest is an operation's request to an upstream, so that people can tell operations apart. It never has the
 * query or a header, which may contain private data.
 */
export interface UpstreamRequest {
  /** The name of the upstream in the configuration. */
  readonly name: string;
  readonly method: string;
  /** The path under the upstream's base URL, with its leading slash; cut off with `…` after maxShownPath characters. */
  readonly path: string;
}

/** maxShownPath limits the path of an UpstreamRequest, which is part of every operation's state, in characters. */
export const maxShownPath = 256;

/** upstreamRequest returns a request as it is shown. */
export function upstreamRequest({ name, method, path }: UpstreamRequest): UpstreamRequest {
  const isLong = path.length > maxShownPath;
  return { name, method, path: isLong ? `${path.slice(0, maxShownPath)}…` : path };
}

/** requestText writes a request, and the status of its response if there is one, on one line. */
export function requestText({
  name,
  method,
  path,
  status,
}: UpstreamRequest & { readonly status?: number }): string {
  return `${method} ${name}${path}${status === undefined ? "" : ` → ${status}`}`;
}
