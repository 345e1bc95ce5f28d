import { readRetryAfter } from "../../base/headers/retry-after.ts";
import { readUpTo } from "../../base/streams/read-stream.ts";
import type { SpanSettings } from "./span-settings.ts";

/** patience is the timeout of a request to the collector, in milliseconds; OpenTelemetry's default. */
const patience = 10_000;

/** longestAnswer is how much of a response is read, in bytes. */
const longestAnswer = 64 * 1024;

/** Statuses that are retried. Source: OTLP 1.x, "Retryable response codes". */
const passing = [429, 502, 503, 504];

/**
 * Sent is the outcome of a request: how many spans were rejected; or why it failed, and after how long it may be
 * retried.
 */
export type Sent =
  | { readonly rejected: number }
  | { readonly reason: string; readonly again?: number | undefined };

/** post sends spans to a collector, once. Its reasons never quote the configuration or the response. */
export async function post(
  { url, headers }: Pick<SpanSettings, "url" | "headers">,
  body: Uint8Array,
): Promise<Sent> {
  const signal = AbortSignal.timeout(patience);
  let response: Response;
  try {
    response = await fetch(url, {
      method: "POST",
      headers: {
        ...headers,
        "content-type": "application/json",
        "user-agent": "edge-operations",
      },
      body: body as Uint8Array<ArrayBuffer>,
      redirect: "manual",
      signal,
    });
  } catch {
    // The error could contain the URL.
    return { reason: "the collector cannot be reached", again: 0 };
  }
  const { status, ok } = response;
  if (ok) return { rejected: await rejectedBy(response, signal) };
  void response.body?.cancel().catch(() => {});
  const reason = `the collector responded with ${status}`;
  if (!passing.includes(status)) return { reason };
  const again = readRetryAfter(response.headers.get("retry-after"), Date.now()) ?? 0;
  return { reason, again };
}

/** How many spans the collector rejected in a partial success. An unreadable response counts as none. */
async function rejectedBy({ body }: Response, signal: AbortSignal): Promise<number> {
  try {
    const bytes = body && (await readUpTo(body, longestAnswer, signal));
    const { partialSuccess } = JSON.parse(new TextDecoder().decode(bytes ?? undefined)) as {
      partialSuccess?: { rejectedSpans?: number | string } | null;
    };
    const rejected = Number(partialSuccess?.rejectedSpans ?? 0);
    return rejected > 0 ? rejected : 0;
  } catch {
    return 0;
  }
}
