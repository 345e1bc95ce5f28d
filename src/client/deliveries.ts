import type { DeliveryState } from "../core/delivery.ts";

/** WebhookDelivery is what is known of telling one webhook how an operation ended. */
export interface WebhookDelivery {
  /** The `webhook-id` of every try. */
  readonly webhookId: string;
  /** The origin of the target; the rest of its URL is not told. */
  readonly target: string;
  /** `pending`, `delivered`, `gone` (the target answered 410) or `exhausted`. */
  readonly state: DeliveryState;
  /** The latest, oldest first, at most 50. */
  readonly tries: readonly WebhookTry[];
  /** RFC 3339; absent once it is over. */
  readonly nextTryAt?: string;
}

/** WebhookTry is one request to the target: when it began (RFC 3339), and its HTTP status or why there was none. */
export type WebhookTry =
  | { readonly at: string; readonly status: number; readonly error?: never }
  | { readonly at: string; readonly error: string; readonly status?: never };
