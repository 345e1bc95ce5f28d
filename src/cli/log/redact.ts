import { readExact } from "../../base/exact-json.ts";
import { encodeJson, JsonText } from "../../base/json-text.ts";

const hidden = "[hidden]";
const secretName =
  /token|secret|passw|authorization|cookie|ticket|credential|api[-_]?key|private[-_]?key/i;
const longest = 2_048;

/** redactUrl returns a URL without its secrets: its user, and the value of `ticket` or the like. */
export function redactUrl(text: string): string {
  const url = new URL(text);
  url.username = "";
  url.password = "";
  for (const name of [...url.searchParams.keys()]) {
    // A page token is a place in a list, not a secret.
    if (name !== "pageToken" && secretName.test(name)) url.searchParams.set(name, hidden);
  }
  return url.href.replaceAll(encodeURIComponent(hidden), hidden);
}

/**
 * redactBody returns a body for the log, with at most 2,048 characters. In JSON, members whose names suggest secrets
 * are hidden, and of webhooks everything but the origin; of anything else, only the length is logged. `secrets` are
 * hidden wherever they occur.
 */
export function redactBody(text: string, secrets: readonly string[]): string {
  let shown: string;
  try {
    shown = encodeJson(redacted(readExact(text))) ?? "";
  } catch {
    return `(${text.length} characters that are not JSON)`;
  }
  for (const secret of secrets) if (secret !== "") shown = shown.replaceAll(secret, hidden);
  shown = shown.replaceAll(/wh(?:sec|root)_[A-Za-z0-9+/=]+/g, hidden);
  return shown.length > longest
    ? `${shown.slice(0, longest)}… (${shown.length} characters)`
    : shown;
}

function redacted(value: unknown): unknown {
  if (typeof value !== "object" || value === null || value instanceof JsonText) return value;
  if (Array.isArray(value)) return value.map(redacted);
  const members = Object.entries(value).map(([name, member]) => [name, memberOf(name, member)]);
  return Object.fromEntries(members);
}

function memberOf(name: string, value: unknown): unknown {
  if (name === "nextPageToken") return value;
  if (name === "webhook" || name === "webhookUrl") return webhookOf(value);
  return secretName.test(name) ? hidden : redacted(value);
}

function webhookOf(value: unknown): unknown {
  const url = typeof value === "object" && value !== null && "url" in value ? value.url : value;
  return typeof url === "string" && URL.canParse(url) ? `${new URL(url).origin}/${hidden}` : hidden;
}
