/**
 * UpstreamRequest is what an operation asks of an upstream, so that operations can be told apart:
 * never its query or a header, either of which may hold what nobody else should see.
 */
export interface UpstreamRequest {
  /** As the configuration calls the upstream. */
  readonly name: string;
  readonly method: string;
  /** Under the upstream's base, from its slash on; cut off with `…` after maxShownPath characters. */
  readonly path: string;
}

/** maxShownPath bounds the path of an UpstreamRequest, which stands in every monitor, in characters. */
export const maxShownPath = 256;

/** upstreamRequest returns a request as it is shown. */
export function upstreamRequest({ name, method, path }: UpstreamRequest): UpstreamRequest {
  const isLong = path.length > maxShownPath;
  return { name, method, path: isLong ? `${path.slice(0, maxShownPath)}…` : path };
}

/** requestText writes a request, and the status of its answer if there is one, in one line. */
export function requestText({
  name,
  method,
  path,
  status,
}: UpstreamRequest & { readonly status?: number }): string {
  return `${method} ${name}${path}${status === undefined ? "" : ` → ${status}`}`;
}
