import { failed, ok, type Result } from "../../base/result.ts";
import { isLoopbackAddress, isLoopbackName, isPublicAddress, isPublicName } from "./hosts.ts";

const maxLength = 2_048;

/** Other ports below 1024 belong to services that do not speak HTTP. */
const lowPorts = [443];

/**
 * Ports above 1023 that no web server uses: those that browsers block (Fetch, "bad port") and those of well-known
 * databases.
 */
const highPorts = [
  1719, 1720, 1723, 2049, 2375, 2379, 2380, 3306, 3389, 3659, 4045, 4190, 5060, 5061, 5432, 5672,
  6000, 6379, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 9042, 9092, 9200, 9300, 10080, 10250,
  11211, 27017,
];

/**
 * checkTarget decides whether a webhook may go to a URL that a client chose: https, to a public name or address. It
 * checks the text and asks no resolver: blocking a public name that resolves to a private address is the network's job,
 * which Cloudflare's network does.
 *
 * @returns the URL as its parser writes it, or why it is not allowed
 * @param isDevelopment also allows this machine, over http as well
 */
export function checkTarget(text: string, isDevelopment: boolean): Result<string, string> {
  if (text.length > maxLength) return failed(`must be at most ${maxLength} characters`);
  // URL parsers drop some of these, and treat others differently from each other.
  if (/[\s\p{Cc}\\]/u.test(text) || !URL.canParse(text)) return failed("must be an https URL");
  const url = new URL(text);
  if (url.protocol !== "https:" && url.protocol !== "http:") return failed("must be an https URL");
  if (url.username !== "" || url.password !== "")
    return failed("must be a URL without credentials");
  if (isDevelopment && isLoopback(url)) return ok(url.href);
  if (url.protocol !== "https:") return failed("must be an https URL");
  if (!isPublic(url.hostname)) return failed("must have a public host");
  const port = url.port === "" ? 443 : Number(url.port);
  const isSilly = port < 1024 ? !lowPorts.includes(port) : highPorts.includes(port);
  return isSilly ? failed(`Cannot send to port ${port}`) : ok(url.href);
}

function isLoopback({ hostname }: URL): boolean {
  return isAddress(hostname) ? isLoopbackAddress(hostname) : isLoopbackName(hostname);
}

function isPublic(hostname: string): boolean {
  return isAddress(hostname) ? isPublicAddress(hostname) : isPublicName(hostname);
}

/** The URL parser has written every notation of an IPv4 address as four decimals. */
function isAddress(hostname: string): boolean {
  return hostname.startsWith("[") || /^\d+\.\d+\.\d+\.\d+$/.test(hostname);
}
