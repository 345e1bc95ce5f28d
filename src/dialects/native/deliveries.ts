import { type Delivery, type Try, webhookId } from "../../core/delivery.ts";
import { encodeTime } from "./monitor.ts";

/**
 * encodeDeliveries writes deliveries as the native API shows them, as JSON text. Of a target it shows only the origin:
 * the rest of a URL often contains a secret.
 */
export function encodeDeliveries(deliveries: readonly Delivery[]): string {
  return JSON.stringify({ deliveries: deliveries.map(shown) });
}

function shown({ id, url, state, nextAt, tries }: Delivery) {
  return {
    webhookId: webhookId(id),
    target: new URL(url).origin,
    state,
    tries: tries.map(({ at, ...answer }: Try) => ({ at: encodeTime(at), ...answer })),
    ...(nextAt !== undefined && { nextTryAt: encodeTime(nextAt) }),
  };
}
