import { configNames, parseConfig } from "../config/config.ts";
import { parseUpstreams, secretNames } from "../config/upstreams.ts";

/** Variables are the text bindings of the Worker, by name. */
export type Variables = Readonly<Record<string, string>>;

/**
 * configuration is what the Worker is started with: `defaults` (the [vars] of wrangler.toml), and
 * over them every configuration name that `environment` has, and the secrets that UPSTREAMS refers
 * to. Nothing else of the environment reaches the Worker.
 */
export function configuration(
  defaults: Readonly<Record<string, unknown>>,
  environment: Readonly<Record<string, string | undefined>>,
): Variables {
  const chosen: Record<string, string> = {};
  for (const [name, value] of Object.entries(defaults)) {
    chosen[name] = typeof value === "string" ? value : JSON.stringify(value);
  }
  for (const name of configNames) {
    const value = environment[name];
    if (value !== undefined) chosen[name] = value;
  }
  for (const name of secretNames(chosen.UPSTREAMS ?? "")) {
    const value = environment[name];
    if (value !== undefined && !configNames.some((own) => own === name)) chosen[name] = value;
  }
  return chosen;
}

/** warnings are lines that name what keeps the Worker from serving with these variables. */
export function warnings(variables: Variables): string[] {
  const parsed = parseConfig(variables, [], parseUpstreams);
  if (!parsed.ok) {
    return parsed.failure.map(({ path, message }) => `Bad configuration: ${path}: ${message}`);
  }
  const { token, tokens } = parsed.value;
  return token === undefined && Object.keys(tokens).length === 0
    ? ["Neither TOKEN nor TOKENS is set, so the API answers 503"]
    : [];
}
