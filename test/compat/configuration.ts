import { createHash } from "node:crypto";
import type { Tenant } from "./routes.ts";

/** webhookSecret signs what is sent to webhooks. */
export const webhookSecret = `whsec_${Buffer.from("compat".repeat(6)).toString("base64")}`;

/** tokens are what a tenant's requests are sent with. */
export const tokens: Readonly<Record<Tenant, string>> = {
  "born-old": "token-of-born-old",
  "born-new": "token-of-born-new",
};

/**
 * configuration is what both versions are given; of names that it does not know a version takes no
 * notice.
 *
 * @param kinds external kinds
 * @param upstream the origin of the upstream of that name
 */
export function configuration(kinds: readonly string[], upstream: string): Record<string, string> {
  const grants = Object.entries(tokens).map(([tenant, token]) => [
    createHash("sha256").update(token).digest("hex"),
    { tenant, scopes: ["admin"] },
  ]);
  return {
    TOKENS: JSON.stringify(Object.fromEntries(grants)),
    SHARDS: "2",
    V: "0",
    EXTERNAL_KINDS: kinds.join(","),
    UPSTREAMS: JSON.stringify({ upstream }),
    MAX_BODY: String(4 * 1024 * 1024),
    WEBHOOK_SECRET: webhookSecret,
    TICKET_SECRET: "a-secret-of-these-tests-that-is-long-enough",
    DEVELOPMENT: "true",
  };
}
