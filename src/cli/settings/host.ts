import { usage } from "../exit-status.ts";

/** defaultHost is where `npm start` serves. */
export const defaultHost = "http://localhost:8787";

/**
 * parseHost reads a host as users write it: a URL, or a name with or without a port, which is https
 * unless it is this machine's own. It returns the URL without a slash at its end.
 *
 * @throws CommandFailure for what is none, or holds a user, a query or a fragment; it quotes none of it
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

/** isLoopback says whether a URL names this machine by itself, so that nothing crosses a network. */
export function isLoopback(host: string): boolean {
  const { hostname } = new URL(host);
  return hostname === "localhost" || hostname === "[::1]" || /^127(\.\d+){3}$/.test(hostname);
}
