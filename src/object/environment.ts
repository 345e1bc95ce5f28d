import type { Reporters } from "../base/panic.ts";
import { quiet } from "../base/verbosity.ts";
import type { Config } from "../config/config.ts";
import type { Deployment } from "../runner/deployment.ts";

/** ObjectSettings are what the object itself reads of the configuration. */
export type ObjectSettings = Reporters &
  Pick<Config, "verbosity" | "webhookSecrets" | "isDevelopment"> & {
    /** Whether the configuration is good. */
    readonly isConfigured: boolean;
  };

/**
 * objectSettings is what the object itself reads. A bad configuration does not stop it: its alarm
 * has promises to keep that are older than the deploy which broke the configuration.
 */
export function objectSettings(deployment: Deployment, env: Cloudflare.Env): ObjectSettings {
  const found = deployment.configOf(env);
  if ("config" in found) return { ...found.config, isConfigured: true };
  return {
    isConfigured: false,
    verbosity: quiet,
    sentryDsn: undefined,
    alertWebhook: undefined,
    webhookSecrets: [],
    isDevelopment: false,
  };
}
