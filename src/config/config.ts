import { formatDuration } from "../base/duration.ts";
import { failed, ok, type Result } from "../base/result.ts";
import type { Verbosity } from "../base/verbosity.ts";
import { type FieldError, quote } from "../core/errors.ts";
import { maxShards } from "../core/id.ts";
import { maxResult, mostLarge } from "../core/limits.ts";
import { type ExternalKind, parseExternalKinds } from "./external-kinds.ts";
import { type Grant, parseGrants } from "./grants.ts";
import { bad, ConfigReader } from "./reader.ts";
import { parseRetention, type Retention } from "./retention.ts";
import { secrets } from "./secrets.ts";
import type { ParseUpstreams, Upstream } from "./upstreams.ts";
import { parseDsn, parseOrigin, parseOrigins, parseSecretUrl } from "./urls.ts";
import {
  bearerToken,
  duration,
  level,
  modules,
  nameList,
  oneOf,
  shardCounts,
  shortDuration,
  webhookSecrets,
  wholeNumber,
} from "./values.ts";

export { type Grant, type Scope, scopes } from "./grants.ts";

/** Config is the whole configuration, parsed. Durations are milliseconds. */
export interface Config {
  readonly token: string | undefined;
  /** Grants by the SHA-256 of their token, in lower-case hex. */
  readonly tokens: Readonly<Record<string, Grant>>;
  /** How many objects a tenant's map is spread over. */
  readonly shards: number;
  /** How many of them receive creates: fewer while the deployment grows. */
  readonly createShards: number;
  /** By name. */
  readonly upstreams: Readonly<Record<string, Upstream>>;
  /** By name. */
  readonly externalKinds: Readonly<Record<string, ExternalKind>>;
  /** As in an `Origin` header: in lower case, without the default port of the scheme. */
  readonly allowedOrigins: readonly string[];
  /** The dialects that are also served at the root of the host, with their public pages. */
  readonly atRoot: readonly string[];
  readonly defaultTtl: number;
  readonly maxTtl: number;
  /** How long a Worker may cache a finished operation in memory; 0 means never. */
  readonly finishedCache: number;
  /** The retention of some kinds, by name. */
  readonly retention: Readonly<Record<string, Retention>>;
  readonly defaultDeadline: number;
  readonly maxDeadline: number;
  /** Bytes. */
  readonly maxBody: number;
  /** How many attempts of kinds in code may run at once in one object. */
  readonly maxConcurrent: number;
  readonly verbosity: Verbosity;
  /** The secrets of tickets: the first one signs, any verifies. If there is none, there are no tickets. */
  readonly ticketSecrets: readonly string[];
  readonly sentryDsn: string | undefined;
  readonly alertWebhook: string | undefined;
  /** An origin, like those of allowedOrigins. */
  readonly publicUrl: string | undefined;
  /** The secrets that webhooks are signed with, see signingKeys; if there is none, there are no webhooks. */
  readonly webhookSecrets: readonly string[];
  readonly jurisdiction: "eu" | "fedramp" | undefined;
  /** Whether this is a developer's machine, so that loopback addresses may be targets. */
  readonly isDevelopment: boolean;
  /** Limits of a tenant: operations kept, bytes stored, sockets and waits at once. See shareOf. */
  readonly maxOperations: number;
  readonly maxStorage: number;
  readonly maxWaiters: number;
  /** The size of one result, in bytes. */
  readonly maxResult: number;
  /**
   * The size of the body of a proxied request that is stored in the bucket, in bytes; if undefined, bodies above
   * maxBody are refused.
   */
  readonly maxUpload: number | undefined;
}

/** configNames are all variables and secrets that are read. */
export const configNames = [
  "TOKEN",
  "TOKENS",
  "SHARDS",
  "UPSTREAMS",
  "EXTERNAL_KINDS",
  "ALLOWED_ORIGINS",
  "AT_ROOT",
  "DEFAULT_TTL",
  "MAX_TTL",
  "RETENTION",
  "FINISHED_CACHE",
  "DEFAULT_DEADLINE",
  "MAX_DEADLINE",
  "MAX_BODY",
  "MAX_CONCURRENT",
  "V",
  "VMODULE",
  "TICKET_SECRET",
  "SENTRY_DSN",
  "ALERT_WEBHOOK",
  "PUBLIC_URL",
  "JURISDICTION",
  "WEBHOOK_SECRET",
  "DEVELOPMENT",
  "MAX_OPERATIONS",
  "MAX_STORAGE",
  "MAX_WAITERS",
  "MAX_RESULT",
  "MAX_UPLOAD",
  "OTEL_EXPORTER_OTLP_ENDPOINT",
  "OTEL_EXPORTER_OTLP_HEADERS",
  "OTEL_EXPORTER_OTLP_INSECURE",
  "OTEL_EXPORTER_OTLP_PROTOCOL",
  "OTEL_RESOURCE_ATTRIBUTES",
  "OTEL_SERVICE_NAME",
  "OTEL_TRACES_SAMPLER",
  "OTEL_TRACES_SAMPLER_ARG",
] as const;

/** ConfigName is the name of a variable or secret. */
export type ConfigName = (typeof configNames)[number];

/** most is the highest limit of a tenant. */
const most = 1_000_000_000_000_000 - 1;

/** maxBodyLimit is the highest MAX_BODY: an RPC message to an object has at most 32 MiB. */
export const maxBodyLimit = 16 * 1024 * 1024;

/** maxConcurrentLimit is the highest MAX_CONCURRENT: each attempt takes about 100 KB of an isolate's 128 MB. */
const maxConcurrentLimit = 1_000;

/** maxFinishedCache is the highest FINISHED_CACHE: how long a delete may go unnoticed. */
const maxFinishedCache = 60_000;

const hour = 3_600_000;

/** A setting without effect would otherwise be noticed only when it is needed. */
const noUpstreams =
  "no kind of this Worker sends requests to upstreams, as `http` of edge-operations does";

/**
 * parseConfig reads the configuration once, from bindings or from an environment. It never guesses at an invalid value:
 * either every value is valid, or it returns all problems. Problems never quote a secret, nor the URL of an upstream.
 *
 * @param builtIn names of the kinds in code, if the caller knows them
 * @param parseUpstreams parses UPSTREAMS; without it no kind sends requests to upstreams, and UPSTREAMS is refused
 */
export function parseConfig(
  env: Readonly<Record<string, unknown>>,
  builtIn: readonly string[] = [],
  parseUpstreams: ParseUpstreams = () => () => bad(noUpstreams),
): Result<Config, readonly FieldError[]> {
  const reader = new ConfigReader<ConfigName | "RATE_LIMIT" | "RESULTS">(env);
  const bucket = env.RESULTS as { createMultipartUpload?: unknown } | string | undefined;
  const largest = bucket ? mostLarge : maxResult;
  const counts = reader.read("SHARDS", shardCounts(maxShards)) ?? { shards: 1, createShards: 1 };
  const config: Config = {
    token: reader.read("TOKEN", bearerToken),
    tokens: reader.read("TOKENS", parseGrants) ?? {},
    ...counts,
    upstreams: reader.read("UPSTREAMS", parseUpstreams(env, configNames)) ?? {},
    externalKinds: reader.read("EXTERNAL_KINDS", parseExternalKinds(builtIn)) ?? {},
    allowedOrigins: reader.read("ALLOWED_ORIGINS", parseOrigins) ?? [],
    atRoot: reader.read("AT_ROOT", nameList) ?? [],
    defaultTtl: reader.read("DEFAULT_TTL", duration) ?? 24 * hour,
    maxTtl: reader.read("MAX_TTL", duration) ?? 720 * hour,
    retention: reader.read("RETENTION", parseRetention) ?? {},
    finishedCache: reader.read("FINISHED_CACHE", shortDuration(maxFinishedCache)) ?? 0,
    defaultDeadline: reader.read("DEFAULT_DEADLINE", duration) ?? hour / 4,
    maxDeadline: reader.read("MAX_DEADLINE", duration) ?? 168 * hour,
    maxBody: reader.read("MAX_BODY", wholeNumber(1, maxBodyLimit)) ?? 1024 * 1024,
    maxConcurrent: reader.read("MAX_CONCURRENT", wholeNumber(1, maxConcurrentLimit)) ?? 200,
    verbosity: {
      v: reader.read("V", level) ?? 0,
      modules: reader.read("VMODULE", modules) ?? [],
    },
    ticketSecrets: reader.read("TICKET_SECRET", secrets(32)) ?? [],
    sentryDsn: reader.read("SENTRY_DSN", parseDsn),
    alertWebhook: reader.read("ALERT_WEBHOOK", parseSecretUrl),
    publicUrl: reader.read("PUBLIC_URL", parseOrigin),
    jurisdiction: reader.read("JURISDICTION", oneOf("eu", "fedramp")),
    webhookSecrets: reader.read("WEBHOOK_SECRET", webhookSecrets) ?? [],
    isDevelopment: reader.read("DEVELOPMENT", oneOf("true", "false")) === "true",
    maxOperations: reader.read("MAX_OPERATIONS", wholeNumber(1, most)) ?? Number.POSITIVE_INFINITY,
    maxStorage: reader.read("MAX_STORAGE", wholeNumber(1, most)) ?? Number.POSITIVE_INFINITY,
    maxWaiters: reader.read("MAX_WAITERS", wholeNumber(1, most)) ?? 10_000,
    maxResult: reader.read("MAX_RESULT", wholeNumber(1, largest)) ?? largest,
    maxUpload: reader.read("MAX_UPLOAD", wholeNumber(1, mostLarge)),
  };
  // These are bindings, which cannot be given as text.
  const limiter = env.RATE_LIMIT as { limit?: unknown } | undefined;
  if (limiter !== undefined && typeof limiter?.limit !== "function") {
    reader.refuse("RATE_LIMIT", "must be a rate limit binding ([[ratelimits]] in wrangler.toml)");
  }
  if (bucket && typeof Object(bucket).createMultipartUpload !== "function") {
    reader.refuse("RESULTS", "must be an R2 bucket binding ([[r2_buckets]] in wrangler.toml)");
  }
  if (config.maxUpload !== undefined && !bucket) {
    reader.refuse("MAX_UPLOAD", "requires the R2 bucket binding RESULTS");
  }
  if (reader.problems.length > 0) return failed(reader.problems);

  // Only values that are valid by themselves are compared with each other.
  if (config.defaultTtl > config.maxTtl) {
    reader.refuse("DEFAULT_TTL", above(config.defaultTtl, "MAX_TTL", config.maxTtl));
  }
  for (const [kind, { ttl = 0, maxTtl = 0 }] of Object.entries(config.retention)) {
    const longest = Math.max(ttl, maxTtl);
    if (longest > config.maxTtl) {
      reader.refuse("RETENTION", `${quote(kind)} ${above(longest, "MAX_TTL", config.maxTtl)}`);
    }
    const isKnown = builtIn.length === 0 || builtIn.includes(kind);
    if (!isKnown && !Object.hasOwn(config.externalKinds, kind)) {
      reader.refuse("RETENTION", `${quote(kind)} is not a kind`);
    }
  }
  if (config.maxUpload !== undefined && config.maxUpload < config.maxBody) {
    reader.refuse("MAX_UPLOAD", `is ${config.maxUpload}, less than MAX_BODY, ${config.maxBody}`);
  }
  if (config.defaultDeadline > config.maxDeadline) {
    const message = above(config.defaultDeadline, "MAX_DEADLINE", config.maxDeadline);
    reader.refuse("DEFAULT_DEADLINE", message);
  }
  return reader.problems.length > 0 ? failed(reader.problems) : ok(config);
}

function above(value: number, maximum: "MAX_TTL" | "MAX_DEADLINE", limit: number): string {
  return `is ${formatDuration(value)}, more than ${maximum}, ${formatDuration(limit)}`;
}
