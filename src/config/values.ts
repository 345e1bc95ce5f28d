import { formatDuration, parseDuration } from "../base/duration.ts";
import { failed, ok } from "../base/result.ts";
import { parseVerbosity, type Verbosity } from "../base/verbosity.ts";
import { quote } from "../core/errors.ts";
import { parseJson } from "../core/json/json.ts";
import { parse } from "../core/shape/parse.ts";
import type { Shape } from "../core/shape/shape.ts";
import { bad, type ParseSetting, type Setting } from "./reader.ts";

/** plainName is the pattern of the names of tenants and upstreams. */
export const plainName = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$/;

/** wholeNumber parses decimal digits. */
export function wholeNumber(low: number, high: number): ParseSetting<number> {
  return (text) => {
    const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    return value >= low && value <= high
      ? ok(value)
      : bad(`must be a whole number from ${low} to ${high}, not ${quote(text)}`);
  };
}

/**
 * shardCounts parses `SHARDS`: a whole number or, while a deployment grows from one number to another, both: `4..8`.
 */
export function shardCounts(
  most: number,
): ParseSetting<{ readonly shards: number; readonly createShards: number }> {
  const count = wholeNumber(1, most);
  return (text) => {
    const range = /^(?<from>\d{1,15})\.\.(?<to>\d{1,15})$/.exec(text)?.groups;
    const { from = text, to = text } = range ?? {};
    const [createShards, shards] = [count(from), count(to)];
    if (!createShards.ok) return createShards;
    if (!shards.ok) return shards;
    if (range && createShards.value >= shards.value) {
      return bad(`must grow, as in 4..8, not ${quote(text)}`);
    }
    return ok({ shards: shards.value, createShards: createShards.value });
  };
}

/** longestDuration keeps every time that is computed from a duration within the range of dates. */
const longestDuration = 100 * 365 * 24 * 3_600_000;

/** duration parses Go-style text as milliseconds, at least one. */
export function duration(text: string): Setting<number> {
  const value = parseDuration(text);
  if (value === undefined || value === 0) {
    return bad(`must be a duration such as 30s or 24h, not ${quote(text)}`);
  }
  return value <= longestDuration
    ? ok(value)
    : bad(`must be a duration of at most ${formatDuration(longestDuration)}, not ${quote(text)}`);
}

/** shortDuration parses Go-style text as milliseconds, from 0 to `most`. */
export function shortDuration(most: number): ParseSetting<number> {
  return (text) => {
    const value = parseDuration(text);
    return value !== undefined && value <= most
      ? ok(value)
      : bad(`must be a duration from 0s to ${formatDuration(most)}, not ${quote(text)}`);
  };
}

/** oneOf accepts one of a few words. */
export function oneOf<const T extends string>(...words: readonly T[]): ParseSetting<T> {
  return (text) => {
    const value = words.find((word) => word === text);
    return value === undefined
      ? bad(`must be ${words.join(" or ")}, not ${quote(text)}`)
      : ok(value);
  };
}

/** nameList parses names separated by commas. */
export function nameList(text: string): Setting<readonly string[]> {
  return ok(text.split(",").flatMap((name) => name.trim() || []));
}

/** level parses `V`. */
export function level(text: string): Setting<number> {
  const parsed = parseVerbosity(text, "");
  return parsed.ok ? ok(parsed.value.v) : bad(parsed.failure);
}

/** modules parses `VMODULE`. */
export function modules(text: string): Setting<Verbosity["modules"]> {
  const parsed = parseVerbosity("0", text);
  return parsed.ok ? ok(parsed.value.modules) : bad(parsed.failure);
}

/** bearerToken accepts a token that can be sent in an Authorization header. Source: RFC 9110, 11.6.2. */
export function bearerToken(text: string): Setting<string> {
  return /^[\x21-\x7e]+$/.test(text)
    ? ok(text)
    : bad("must be ASCII characters without spaces, the only ones that clients can send");
}

/**
 * webhookSecrets parses `WEBHOOK_SECRET`: one or more secrets, separated by spaces; errors do not quote them. Source:
 * Standard Webhooks, "Signature scheme": 24 to 64 bytes, base64, after `whsec_`; or after `whroot_`, see signingKeys.
 */
export function webhookSecrets(text: string): Setting<readonly string[]> {
  const secrets = text.trim().split(/\s+/);
  const problems = secrets.flatMap((secret, index) => {
    const key = secret.slice(secret.indexOf("_") + 1);
    const bytes = Math.floor((key.replace(/=/g, "").length * 3) / 4);
    const isBase64 = /^wh(?:sec|root)_[A-Za-z0-9+/]+={0,2}$/.test(secret) && key.length % 4 === 0;
    if (!isBase64 || bytes < 24 || bytes > 64) {
      return [`entry ${index + 1}: must be whsec_ or whroot_ followed by 24 to 64 bytes in base64`];
    }
    // Receivers know a whsec_ secret, so each of them could derive the keys of all tenants.
    const isKnown = secret.startsWith("whroot_") && secrets.includes(`whsec_${key}`);
    return isKnown ? [`entry ${index + 1}: must be a new secret, not that of a whsec_ entry`] : [];
  });
  return problems.length > 0 ? failed(problems) : ok(secrets);
}

/**
 * jsonObject parses a JSON object whose members have the given shape, a record. `place` names a member in a problem, by
 * its key and its position from 1. Nothing else of the text is quoted, so the shape's own messages must not quote
 * values.
 */
export function jsonObject<T>(
  shape: Shape<Readonly<Record<string, T>>>,
  place: (key: string, position: number) => string,
): ParseSetting<Readonly<Record<string, T>>> {
  return (text) => {
    const json = parseJson(text);
    if (!json.ok) return bad(json.failure.errors?.[0]?.message ?? "must be a JSON object");
    const { value } = json.value;
    const parsed = parse(shape, value);
    if (parsed.ok) return parsed;
    const keys = Object.keys(Object(value));
    const problems = parsed.failure.map((issue) => {
      const [key, ...path] = issue.path.map(String);
      if (key === undefined) return issue.message;
      const where = [place(key, keys.indexOf(key) + 1), ...path].join(".");
      return `${where}: ${issue.message}`;
    });
    return failed(problems);
  };
}
