import { failed, type Result } from "../../../base/result.ts";
import { type Failure, failure } from "../../../core/errors.ts";
import type { Asked, Handler } from "../../../edge/exchange.ts";
import { json } from "../../../edge/json.ts";
import { problem } from "../../../edge/problem.ts";
import { hasOneTenant } from "../../../runner/one-tenant.ts";
import { signingKeys } from "../../../runner/webhook-keys.ts";

/**
 * webhookSecretsOf returns the secrets that verify the webhooks of the caller's tenant; never those that it shares with
 * other tenants.
 */
export async function webhookSecretsOf({
  caller: { tenant },
  config,
  deployment,
}: Asked): Promise<Result<readonly string[], Failure>> {
  const isShared = hasOneTenant(deployment, config);
  const keys = await signingKeys(config.webhookSecrets, { tenant, isShared });
  if (keys.ok) return keys;
  const isNone = config.webhookSecrets.length === 0;
  if (isNone) return failed(failure("not-found", "This deployment has no WEBHOOK_SECRET"));
  return failed(
    failure("forbidden", "The secret is shared by all tenants; ask the operator of this service"),
  );
}

/** getWebhookSecrets is `GET /webhook-secrets`. */
const getWebhookSecrets: Handler = async (exchange) => {
  const found = await webhookSecretsOf(exchange);
  if (!found.ok) return problem(exchange, found.failure);
  return json(JSON.stringify({ secrets: found.value }));
};

/** webhookSecretHandlers return receivers' secrets. */
export const webhookSecretHandlers = { getWebhookSecrets };
