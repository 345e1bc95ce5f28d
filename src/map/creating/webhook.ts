import { failed, ok, type Result } from "../../base/result.ts";
import type { Webhook } from "../../core/delivery.ts";
import { checkTarget } from "../../object/deliveries/webhook-target.ts";
import type { TenantPlace } from "../place.ts";

/** checkWebhook returns the webhook of a create, or what is wrong with it. */
export function checkWebhook(
  { config, origin }: TenantPlace,
  url: string,
  format: string | undefined,
): Result<Webhook, string> {
  if (config.webhookSecrets.length === 0) {
    return failed("Cannot sign webhooks: this deployment has no WEBHOOK_SECRET");
  }
  const target = checkTarget(url, config.isDevelopment);
  return target.ok ? ok({ url: target.value, origin, ...(format && { format }) }) : target;
}
