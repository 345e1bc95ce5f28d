import type { IncomingHttpHeaders } from "node:http";

/** Refusal is a response of the proxy itself: a status, a code and what is wrong. */
export interface Refusal {
  readonly status: number;
  readonly code: string;
  readonly message: string;
}

/** refusal builds a Refusal. */
export function refusal(status: number, code: string, message: string): Refusal {
  return { status, code, message };
}

/** problemOf returns a Refusal as the body of application/problem+json (RFC 9457), in the service's format. */
export function problemOf({ code, message }: Refusal): string {
  const problem = {
    type: "about:blank",
    title: message,
    detail: message,
    error: { code, message },
  };
  return `${JSON.stringify(problem)}\n`;
}

/** hostsOf returns the values of `Host` that name a proxy on this port of this machine. */
export function hostsOf(port: number): ReadonlySet<string> {
  const names = ["localhost", "127.0.0.1", "[::1]"];
  return new Set(names.flatMap((name) => [`${name}:${port}`, ...(port === 80 ? [name] : [])]));
}

/**
 * refuseStranger returns why a request is not let in, or undefined. Requests through this proxy act with the user's
 * token, so only the user's own programs and the pages of this proxy may send them:
 * - another `Host` means a page whose own name was made to resolve to this machine (DNS rebinding);
 * - another `Origin`, or a `Sec-Fetch-Site` of another site or port, means a page from elsewhere.
 */
export function refuseStranger(
  headers: IncomingHttpHeaders,
  hosts: ReadonlySet<string>,
): Refusal | undefined {
  const { host = "", origin } = headers;
  if (!hosts.has(host.toLowerCase())) {
    return refusal(
      421,
      "misdirected",
      "This proxy accepts only the hosts localhost, 127.0.0.1 and [::1]",
    );
  }
  const site = headers["sec-fetch-site"];
  const isOwn = origin === undefined || origin === `http://${host.toLowerCase()}`;
  const isNear = site === undefined || site === "same-origin" || site === "none";
  if (isOwn && isNear) return undefined;
  return refusal(403, "forbidden", "Pages of other origins must not use this proxy");
}

/** refusePath returns why a path below `/api/` is not forwarded, or undefined. */
export function refusePath(pathname: string): Refusal | undefined {
  // The next server would read it as a way out of /api/; proper clients never send it.
  const isClimbing = /(?:^|[/\\])(?:\.|%2e){1,2}(?:[/\\]|$)/i.test(pathname);
  return isClimbing
    ? refusal(400, "bad-path", "The path must not contain dot segments")
    : undefined;
}
