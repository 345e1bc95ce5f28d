import { fromBase64, hmac, toBase64 } from "../../base/crypto/hmac.ts";
import { reasonOf } from "../../base/log.ts";
import { type Answer, type Delivery, webhookId } from "../../core/delivery.ts";
import { checkTarget } from "./webhook-target.ts";

/** patience is how long a target may take to respond, in milliseconds. */
export const patience = 15_000;

/** WebhookCall is one request to make. */
export interface WebhookCall {
  readonly delivery: Delivery;
  readonly body: string;
  /** The URL of all operations. */
  readonly source: string;
  /** `whsec_…`; each one signs. */
  readonly secrets: readonly string[];
  /** Whether this machine may be a target. */
  readonly isDevelopment: boolean;
  readonly now: number;
  readonly signal: AbortSignal;
}

/**
 * sendWebhook makes one request and returns the response's status, or why there was none; it does not throw. The
 * response's body is not read, and redirects are not followed: they are responses like any other. `log` receives why a
 * target could not be reached.
 */
export async function sendWebhook(
  call: WebhookCall,
  log: (reason: string) => void,
): Promise<Answer> {
  const { delivery, body, source, secrets, isDevelopment, now, signal } = call;
  // The rules may have become stricter since the operation was created.
  const target = checkTarget(delivery.url, isDevelopment);
  if (!target.ok) return { error: `The target is not allowed: ${target.failure}` };
  // Without a signature, anybody could have sent it.
  if (secrets.length === 0) return { error: "WEBHOOK_SECRET is not set" };
  const timeout = AbortSignal.timeout(patience);
  try {
    const response = await fetch(target.value, {
      method: "POST",
      headers: {
        ...(await signedHeaders(webhookId(delivery.id), body, secrets, now)),
        ...eventHeaders(delivery, source),
        // Without tracestate: what vendors write there is for those who take part in the trace.
        ...(delivery.trace && { traceparent: delivery.trace.parent }),
      },
      body,
      redirect: "manual",
      signal: AbortSignal.any([signal, timeout]),
    });
    // Nobody should wait for a body that may never end.
    void response.body?.cancel().catch(() => {});
    return { status: response.status };
  } catch (thrown) {
    // The rest of a URL often contains a secret.
    log(reasonOf(thrown).replaceAll(target.value, new URL(target.value).origin));
    const error = timeout.aborted
      ? `No response within ${patience / 1_000}s`
      : "Cannot reach the host";
    return { error };
  }
}

/**
 * eventHeaders makes a request a CloudEvent in binary mode, whose data is the body in any form. The signature does not
 * cover these headers. Source: CloudEvents 1.0.2, "HTTP Protocol Binding", 3.1.
 */
function eventHeaders({ id, ended }: Delivery, source: string): Record<string, string> {
  if (!ended) return {};
  return {
    "ce-specversion": "1.0",
    "ce-id": webhookId(id),
    "ce-source": source,
    "ce-type": `operation.${ended.status}`,
    "ce-subject": id,
    "ce-time": new Date(ended.at).toISOString(),
  };
}

/**
 * signedHeaders returns the headers of one request, with one signature per secret: the HMAC of id, time and body.
 * Source: Standard Webhooks, "Signature scheme".
 *
 * @param secrets `whsec_` and base64, as checked by the configuration
 */
async function signedHeaders(
  id: string,
  body: string,
  secrets: readonly string[],
  now: number,
): Promise<Record<string, string>> {
  const seconds = Math.floor(now / 1_000);
  const signatures = await Promise.all(
    secrets.map(async (secret) => {
      const key = fromBase64(secret.slice("whsec_".length));
      return `v1,${toBase64(await hmac(key, `${id}.${seconds}.${body}`))}`;
    }),
  );
  return {
    "content-type": "application/json",
    "user-agent": "edge-operations",
    "webhook-id": id,
    "webhook-timestamp": String(seconds),
    "webhook-signature": signatures.join(" "),
  };
}
