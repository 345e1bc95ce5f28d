import type { DeliveryState } from "../core/delivery.ts";

/** WebhookDelivery is the delivery of one webhook. */
export interface WebhookDelivery {
  /** The `webhook-id` of every try. */
  readonly webhookId: string;
  /** The origin of the target; the rest of its URL is not shown. */
  readonly target: string;
  /** `pending`, `delivered`, `gone` (the target responded with 410) or `exhausted`. */
  readonly state: DeliveryState;
  /** The last 50, oldest first. */
  readonly tries: readonly WebhookTry[];
  /** RFC 3339; left out once the delivery is over. */
  readonly nextTryAt?: string;
}

/** WebhookTry is one request to the target: when it was sent (RFC 3339), and its HTTP status or why there was none. */
export type WebhookTry =
  | { readonly at: string; readonly status: number; readonly error?: never }
  | { readonly at: string; readonly error: string; readonly status?: never };
