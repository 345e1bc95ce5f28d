import type { Webhook } from "../../../core/delivery.ts";
import type { Exchange } from "../../../edge/exchange.ts";
import { checkTarget } from "../../../object/deliveries/webhook-target.ts";

/** checkWebhook answers the webhook of a create, or what is wrong with it. */
export function checkWebhook(
  { config, origin }: Exchange,
  url: string | undefined,
): Webhook | { readonly wrong: string } | undefined {
  if (url === undefined) return undefined;
  if (config.webhookSecrets.length === 0) {
    return { wrong: "Cannot sign webhooks: this deployment has no WEBHOOK_SECRET" };
  }
  const target = checkTarget(url, config.isDevelopment);
  return "wrong" in target ? target : { url: target.url, origin };
}
