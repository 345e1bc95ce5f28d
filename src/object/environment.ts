import type { Reporter } from "../base/panic.ts";
import { quiet } from "../base/verbosity.ts";
import type { Config } from "../config/config.ts";
import type { Deployment } from "../runner/deployment.ts";
import { hasOneTenant } from "../runner/one-tenant.ts";

/** ObjectSettings is what the object itself reads from the configuration. */
export type ObjectSettings = Pick<Config, "verbosity" | "webhookSecrets" | "isDevelopment"> & {
  /** Where panics are reported, besides the log. */
  readonly reporters: readonly Reporter[];
  /** Whether the configuration is valid. */
  readonly isConfigured: boolean;
  /** Whether only one tenant is let in. */
  readonly hasOneTenant: boolean;
};

/**
 * objectSettings returns what the object itself reads. An invalid configuration does not stop it: its alarm has
 * promises to keep that are older than the deploy that broke the configuration.
 */
export function objectSettings(deployment: Deployment, env: Cloudflare.Env): ObjectSettings {
  const found = deployment.configOf(env);
  if (found.ok) {
    const reporters = deployment.reportersOf(found.value);
    const isOne = hasOneTenant(deployment, found.value);
    return { ...found.value, reporters, isConfigured: true, hasOneTenant: isOne };
  }
  return {
    isConfigured: false,
    hasOneTenant: false,
    verbosity: quiet,
    reporters: [],
    webhookSecrets: [],
    isDevelopment: false,
  };
}
