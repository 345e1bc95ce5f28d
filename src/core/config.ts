import * as z from "zod/mini";
import { parseDuration } from "../base/duration.ts";
import { parseVerbosity, type Verbosity } from "../base/verbosity.ts";
import { type FieldError, quote } from "./errors.ts";
import { maxShards } from "./id.ts";

/** scopes are what a token may be allowed: reading, changing, doing work, and all of it. */
export const scopes = ["read", "write", "work", "admin"] as const;

/** Scope is one of scopes; `admin` includes the others. */
export type Scope = (typeof scopes)[number];

/** Grant is what one token of TOKENS opens. */
export interface Grant {
  readonly tenant: string;
  readonly scopes: readonly Scope[];
}

/** Config is the whole configuration, parsed. Durations are milliseconds. */
export interface Config {
  readonly token: string | undefined;
  /** SHA-256 of a token, as lower-case hex, to what it opens. */
  readonly tokens: Readonly<Record<string, Grant>>;
  readonly shards: number;
  /** Name to base URL, without a slash at its end. */
  readonly upstreams: Readonly<Record<string, string>>;
  readonly allowedOrigins: readonly string[];
  readonly defaultTtl: number;
  readonly maxTtl: number;
  readonly defaultDeadline: number;
  readonly maxDeadline: number;
  /** Bytes. */
  readonly maxBody: number;
  readonly verbosity: Verbosity;
  readonly sentryDsn: string | undefined;
  readonly alertWebhook: string | undefined;
  readonly publicUrl: string | undefined;
  readonly jurisdiction: "eu" | "fedramp" | undefined;
}

const httpUrl = z.string().check(
  z.refine((text) => /^https?:\/\/[^\s/?#@]+(\/[^\s?#]*)?$/.test(text), {
    message: "want an http(s) URL without credentials, query or fragment",
  }),
);

const origin = z.string().check(
  z.refine((text) => /^https?:\/\/[^\s/?#@]+\/?$/.test(text), {
    message: "want an origin such as https://example.com",
  }),
);

const grants = z.record(
  z.string().check(z.regex(/^[0-9a-fA-F]{64}$/, "want the SHA-256 of a token in hex")),
  z.strictObject({
    tenant: z.string().check(z.regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$/, "want a plain name")),
    scopes: z.array(z.enum(scopes)).check(z.minLength(1)),
  }),
);

const upstreams = z.record(
  z.string().check(z.regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$/, "want a plain name")),
  httpUrl,
);

/** configNames are the variables and secrets that are read, and nothing else is. */
export const configNames = [
  "TOKEN",
  "TOKENS",
  "SHARDS",
  "UPSTREAMS",
  "ALLOWED_ORIGINS",
  "DEFAULT_TTL",
  "MAX_TTL",
  "DEFAULT_DEADLINE",
  "MAX_DEADLINE",
  "MAX_BODY",
  "V",
  "VMODULE",
  "SENTRY_DSN",
  "ALERT_WEBHOOK",
  "PUBLIC_URL",
  "JURISDICTION",
] as const;

/** ConfigName is the name of a variable or secret. */
export type ConfigName = (typeof configNames)[number];

/** maxBodyLimit is the most that MAX_BODY may be: an RPC message to an object holds 32 MiB. */
export const maxBodyLimit = 16 * 1024 * 1024;

/**
 * parseConfig reads the configuration once, from bindings or from an environment. A bad value is
 * named and never guessed around: either every value is good, or there is no Config. Problems
 * never quote a secret.
 */
export function parseConfig(
  env: Readonly<Record<string, unknown>>,
): { readonly config: Config } | { readonly problems: readonly FieldError[] } {
  const problems: FieldError[] = [];
  const problem = (path: ConfigName, message: string) => problems.push({ path, message });

  const text = (name: ConfigName): string | undefined => {
    const value = env[name];
    if (value === undefined || value === "") return undefined;
    return typeof value === "string" ? value : String(value);
  };
  const whole = (name: ConfigName, initial: number, low: number, high: number): number => {
    const value = text(name);
    if (value === undefined) return initial;
    const number = /^\d{1,15}$/.test(value) ? Number(value) : Number.NaN;
    if (number >= low && number <= high) return number;
    problem(name, `want a whole number from ${low} to ${high}, not ${quote(value)}`);
    return initial;
  };
  const duration = (name: ConfigName, initial: string): number => {
    const value = text(name) ?? initial;
    const parsed = parseDuration(value);
    if (parsed !== undefined && parsed > 0) return parsed;
    problem(name, `want a duration such as ${initial}, not ${quote(value)}`);
    return 0;
  };
  const check = <T>(name: ConfigName, schema: z.ZodMiniType<T>, value: unknown): T | undefined => {
    const parsed = schema.safeParse(value);
    if (parsed.success) return parsed.data;
    const issue = parsed.error.issues[0];
    const nested = issue?.code === "invalid_key" ? issue.issues[0]?.message : undefined;
    const keys = name === "TOKENS" ? issue?.path.slice(1) : issue?.path;
    const where = keys?.length ? `${keys.join(".")}: ` : "";
    problem(name, `${where}${nested ?? issue?.message ?? "not valid"}`);
    return undefined;
  };
  const object = <T>(name: ConfigName, schema: z.ZodMiniType<T>): T | undefined => {
    const value = text(name);
    if (value === undefined) return undefined;
    try {
      return check(name, schema, JSON.parse(value));
    } catch {
      problem(name, "want a JSON object");
      return undefined;
    }
  };
  const url = (name: ConfigName, schema: z.ZodMiniType<string>): string | undefined => {
    const value = text(name);
    return value === undefined ? undefined : check(name, schema, value)?.replace(/\/+$/, "");
  };

  const verbosity = parseVerbosity(text("V") ?? "0", text("VMODULE") ?? "");
  if (typeof verbosity === "string") {
    problem(verbosity.includes("VMODULE") ? "VMODULE" : "V", verbosity);
  }
  const defaultTtl = duration("DEFAULT_TTL", "24h");
  const maxTtl = duration("MAX_TTL", "720h");
  const defaultDeadline = duration("DEFAULT_DEADLINE", "15m");
  const maxDeadline = duration("MAX_DEADLINE", "168h");
  if (defaultTtl > maxTtl) problem("DEFAULT_TTL", "is more than MAX_TTL");
  if (defaultDeadline > maxDeadline) problem("DEFAULT_DEADLINE", "is more than MAX_DEADLINE");
  const jurisdiction = text("JURISDICTION");
  const secretUrl = z
    .string()
    .check(z.refine((value) => /^https?:\/\/\S+$/.test(value), { message: "want an http(s) URL" }));
  const tokens = object("TOKENS", grants) ?? {};
  const named = object("UPSTREAMS", upstreams) ?? {};
  const origins = (text("ALLOWED_ORIGINS") ?? "").split(",").flatMap((part) => {
    const value = part.trim();
    return value === "" ? [] : (check("ALLOWED_ORIGINS", origin, value)?.replace(/\/$/, "") ?? []);
  });

  const config: Config = {
    token: text("TOKEN"),
    tokens: Object.fromEntries(
      Object.entries(tokens).map(([hash, grant]) => [hash.toLowerCase(), grant]),
    ),
    shards: whole("SHARDS", 1, 1, maxShards),
    upstreams: Object.fromEntries(
      Object.entries(named).map(([name, base]) => [name, base.replace(/\/+$/, "")]),
    ),
    allowedOrigins: origins,
    defaultTtl,
    maxTtl,
    defaultDeadline,
    maxDeadline,
    maxBody: whole("MAX_BODY", 1024 * 1024, 1, maxBodyLimit),
    verbosity: typeof verbosity === "string" ? { v: 0, modules: [] } : verbosity,
    sentryDsn: check("SENTRY_DSN", z.optional(secretUrl), text("SENTRY_DSN")),
    alertWebhook: check("ALERT_WEBHOOK", z.optional(secretUrl), text("ALERT_WEBHOOK")),
    publicUrl: url("PUBLIC_URL", origin),
    jurisdiction: jurisdiction === "eu" || jurisdiction === "fedramp" ? jurisdiction : undefined,
  };
  if (jurisdiction !== undefined && config.jurisdiction === undefined) {
    problem("JURISDICTION", `want eu or fedramp, not ${quote(jurisdiction)}`);
  }
  return problems.length > 0 ? { problems } : { config };
}
