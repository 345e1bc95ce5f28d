import { usage } from "../exit-status.ts";

/** defaultHost is the URL that `npm start` serves. */
export const defaultHost = "http://localhost:8787";

/**
 * parseHost reads a host as users write it: a URL, or a name with or without a port, which means https unless it is
 * this machine. It returns the URL without a trailing slash.
 *
 * @throws CommandFailure for an invalid host, or one with a user, a query or a fragment; it quotes none of these
 */
export function parseHost(text: string): string {
  const isBare = !text.includes("://");
  const name = text.split(/[:/]/)[0] ?? "";
  const scheme = name === "localhost" || name.startsWith("127.") ? "http" : "https";
  const full = isBare ? `${text.startsWith("[::1]") ? "http" : scheme}://${text}` : text;
  const url = URL.canParse(full) ? new URL(full) : undefined;
  if (!url || !/^https?:$/.test(url.protocol) || url.hostname === "") {
    throw usage("Invalid --host: must be a URL such as https://operations.example.com");
  }
  if (url.username !== "" || url.password !== "" || url.search !== "" || url.hash !== "") {
    throw usage(
      "Invalid --host: must not contain a user, a query or a fragment; use --token for the token",
    );
  }
  return url.href.replace(/\/+$/, "");
}

/** isLoopback returns whether a URL names this machine, so that nothing crosses a network. */
export function isLoopback(host: string): boolean {
  const { hostname } = new URL(host);
  return hostname === "localhost" || hostname === "[::1]" || /^127(\.\d+){3}$/.test(hostname);
}
