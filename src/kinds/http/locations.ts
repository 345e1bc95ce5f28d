import { isInside, wrongPath } from "./path.ts";

/** locationHeaders are the headers of an answer that say where something is. */
export const locationHeaders = ["location", "content-location", "operation-location"] as const;

/** proxyPath returns where the proxy serves the root of an upstream, under this service's origin. */
function proxyPath(upstream: string): string {
  return `/api/proxy/${upstream}`;
}

/** Asked is the request whose answer has a location. */
export interface Asked {
  readonly upstream: string;
  /** The upstream's base URL, without a slash at its end. */
  readonly base: string;
  /** The URL that was asked. */
  readonly url: string;
  /** This service's own origin, if it is known: upstreams are told of it. */
  readonly publicUrl: string | undefined;
}

/**
 * mappedLocation returns where a client finds what an upstream's answer points to. Within the
 * upstream's base that is a path of the proxy, under whatever origin this service is reached by. Any
 * other is left, as the absolute URL that it means.
 */
export function mappedLocation(
  location: string,
  { upstream, base, url, publicUrl }: Asked,
): string {
  if (!URL.canParse(location, url)) return location;
  const meant = new URL(location, url);
  const prefix = proxyPath(upstream);
  if (meant.origin === publicUrl) {
    // An upstream that heeds X-Forwarded-Prefix has said it already.
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

/** A URL within the base as a path of the proxy; undefined for any other, and for what it refuses. */
function inProxy(meant: URL, base: string, prefix: string): string | undefined {
  if (!isInside(base, meant)) return undefined;
  const rest = meant.pathname.slice(new URL(`${base}/`).pathname.length - 1);
  if (wrongPath(base, rest)) return undefined;
  return `${prefix}${rest}${meant.search}${meant.hash}`;
}

function relative({ pathname, search, hash }: URL): string {
  return `${pathname}${search}${hash}`;
}
