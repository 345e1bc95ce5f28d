import { isInside, wrongPath } from "./path.ts";

/** locationHeaders are the headers of a response that contain a URL. */
export const locationHeaders = ["location", "content-location", "operation-location"] as const;

/** proxyPath returns the path under which the proxy serves the root of an upstream. */
function proxyPath(upstream: string): string {
  return `/api/proxy/${upstream}`;
}

/** Asked is the request whose response has a location. */
export interface Asked {
  readonly upstream: string;
  /** The upstream's base URL, without a trailing slash. */
  readonly base: string;
  /** The URL of the request. */
  readonly url: string;
  /** This service's own origin, if it is known; upstreams receive it. */
  readonly publicUrl: string | undefined;
}

/**
 * mappedLocation returns the location of an upstream's response as a client can follow it. Within the upstream's base
 * URL it becomes a path of the proxy, so it works under any origin of this service. Any other becomes an absolute URL.
 */
export function mappedLocation(
  location: string,
  { upstream, base, url, publicUrl }: Asked,
): string {
  if (!URL.canParse(location, url)) return location;
  const meant = new URL(location, url);
  const prefix = proxyPath(upstream);
  if (meant.origin === publicUrl) {
    // The upstream may have used X-Forwarded-Prefix itself.
    if (meant.pathname === prefix || meant.pathname.startsWith(`${prefix}/`)) {
      return relative(meant);
    }
    const here = new URL(base);
    meant.protocol = here.protocol;
    meant.host = here.host;
    meant.port = here.port;
    return inProxy(meant, base, prefix) ?? location;
  }
  return inProxy(meant, base, prefix) ?? meant.href;
}

/** A URL within the base as a path of the proxy; undefined for any other, and for paths that the proxy refuses. */
function inProxy(meant: URL, base: string, prefix: string): string | undefined {
  if (!isInside(base, meant)) return undefined;
  const rest = meant.pathname.slice(new URL(`${base}/`).pathname.length - 1);
  if (wrongPath(base, rest)) return undefined;
  return `${prefix}${rest}${meant.search}${meant.hash}`;
}

function relative({ pathname, search, hash }: URL): string {
  return `${pathname}${search}${hash}`;
}
