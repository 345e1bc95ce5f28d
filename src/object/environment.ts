import { Logger } from "../base/log.ts";
import type { Reporters } from "../base/panic.ts";
import { quiet } from "../base/verbosity.ts";
import { type Config, parseConfig } from "../core/config.ts";
import type { FieldError } from "../core/errors.ts";
import { allKinds } from "../kinds/index.ts";

type Parsed = { readonly config: Config } | { readonly problems: readonly FieldError[] };

const parsed = new WeakMap<object, Parsed>();

/** configOf parses an isolate's configuration once, and names what is wrong with it once. */
export function configOf(env: Cloudflare.Env): Parsed {
  const known = parsed.get(env);
  if (known) return known;
  const builtIn = allKinds().map(([name]) => name);
  const fresh = parseConfig(env as unknown as Record<string, unknown>, builtIn);
  parsed.set(env, fresh);
  if ("problems" in fresh) {
    const log = new Logger("object/environment");
    for (const { path, message } of fresh.problems) log.error(`${path}: ${message}`);
  }
  return fresh;
}

/** ObjectSettings are what the object itself reads of the configuration. */
export type ObjectSettings = Reporters &
  Pick<Config, "verbosity" | "webhookSecrets" | "isDevelopment">;

/**
 * objectSettings is what the object itself reads. A bad configuration does not stop it: its alarm
 * has promises to keep that are older than the deploy which broke the configuration.
 */
export function objectSettings(env: Cloudflare.Env): ObjectSettings {
  const found = configOf(env);
  if ("config" in found) return found.config;
  return {
    verbosity: quiet,
    sentryDsn: undefined,
    alertWebhook: undefined,
    webhookSecrets: [],
    isDevelopment: false,
  };
}
