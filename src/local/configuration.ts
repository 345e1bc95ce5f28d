import { readFileSync } from "node:fs";
import { join } from "node:path";
import { configNames, parseConfig } from "../config/config.ts";
import { parseUpstreams, secretNames } from "../config/upstreams.ts";

/** Variables are the text bindings of the Worker, by name. */
export type Variables = Readonly<Record<string, string>>;

/**
 * configuration returns the variables that the Worker is started with: `defaults` (the [vars] of wrangler.toml),
 * overridden by every configuration name in `environment`, and the secrets that UPSTREAMS refers to. Nothing else of
 * the environment reaches the Worker.
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

/**
 * bucketsOf returns the buckets that `environment` enables, which are stored in the state directory: RESULTS, if it is
 * `true`.
 *
 * @throws Error for another value
 */
export function bucketsOf({ RESULTS = "" }: Readonly<Record<string, string | undefined>>): {
  readonly r2Buckets?: string[];
} {
  if (!["", "true", "false"].includes(RESULTS)) {
    throw new Error(`Invalid RESULTS: must be true or false, not ${JSON.stringify(RESULTS)}`);
  }
  return RESULTS === "true" ? { r2Buckets: ["RESULTS"] } : {};
}

/**
 * warnings returns lines about problems that prevent the Worker from serving with these variables.
 *
 * @param buckets further bindings, if any
 */
export function warnings(variables: Variables, buckets?: unknown): string[] {
  // The binding here is a bucket.
  const results = buckets && { RESULTS: { createMultipartUpload: () => {} } };
  const parsed = parseConfig({ ...variables, ...Object(results) }, [], parseUpstreams);
  if (!parsed.ok) {
    return parsed.failure.map(({ path, message }) => `Bad configuration: ${path}: ${message}`);
  }
  const { token, tokens } = parsed.value;
  return token === undefined && Object.keys(tokens).length === 0
    ? ["Neither TOKEN nor TOKENS is set, so the API responds with 503"]
    : [];
}

/**
 * withCredentials returns an environment with the contents of files named after settings in its CREDENTIALS_DIRECTORY,
 * where systemd stores the credentials of a unit: secrets in the environment can be read by more than the process.
 * Values in the environment take precedence. Trailing white space is ignored.
 *
 * @throws Error for a file that exists and cannot be read
 */
export function withCredentials(
  environment: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, string | undefined>> {
  const directory = environment.CREDENTIALS_DIRECTORY ?? "";
  if (directory === "") return environment;
  const all = { ...environment };
  const wanted = [...configNames, ...secretNames(environment.UPSTREAMS ?? "")];
  for (const name of wanted) {
    if (all[name] === undefined) all[name] = credential(join(directory, name));
    // The secrets that UPSTREAMS refers to are known once it has been read.
    if (name === "UPSTREAMS") wanted.push(...secretNames(all[name] ?? ""));
  }
  return all;
}

function credential(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8").trimEnd();
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}
