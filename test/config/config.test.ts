import { describe, expect, test } from "vitest";
import {
  type Config,
  configNames,
  type Grant,
  maxBodyLimit,
  parseConfig,
} from "../../src/config/config.ts";
import { parseUpstreams } from "../../src/config/upstreams.ts";
import type { FieldError } from "../../src/core/errors.ts";
import { traces } from "../../src/object/spans/traces.ts";

type Env = Readonly<Record<string, unknown>>;

function good(env: Env): Config {
  const parsed = parseConfig(env, [], parseUpstreams);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.failure));
  return parsed.value;
}

function problems(env: Env): readonly FieldError[] {
  const parsed = parseConfig(env, [], parseUpstreams);
  return !parsed.ok ? parsed.failure : [];
}

const hash = "0123456789abcdef".repeat(4);

/** A webhook secret of so many bytes. */
function whsec(bytes: number): string {
  return `whsec_${btoa("k".repeat(bytes))}`;
}
const grant: Grant = { tenant: "acme", scopes: ["read"] };

/** An upstream of which the configuration says no more than where it is. */
const at = (url: string) => ({ url, headers: {}, idempotent: false });

const defaults: Config = {
  token: undefined,
  tokens: {},
  shards: 1,
  createShards: 1,
  upstreams: {},
  externalKinds: {},
  allowedOrigins: [],
  atRoot: [],
  defaultTtl: 86_400_000,
  maxTtl: 2_592_000_000,
  defaultDeadline: 900_000,
  maxDeadline: 604_800_000,
  maxBody: 1_048_576,
  maxConcurrent: 200,
  verbosity: { v: 0, modules: [] },
  isDevelopment: false,
  ticketSecrets: [],
  sentryDsn: undefined,
  alertWebhook: undefined,
  publicUrl: undefined,
  retention: {},
  finishedCache: 0,
  jurisdiction: undefined,
  webhookSecrets: [],
  maxOperations: Number.POSITIVE_INFINITY,
  maxStorage: Number.POSITIVE_INFINITY,
  maxWaiters: 10_000,
  maxResult: 8_388_608,
  maxUpload: undefined,
};

describe("parseConfig", () => {
  test("parseConfig of nothing gives the defaults of the contract, and lets nobody in", () => {
    expect(good({})).toEqual(defaults);
  });

  test.each([undefined, null, ""])(
    "parseConfig takes %j for not set, under every name",
    (empty) => {
      expect(good(Object.fromEntries(configNames.map((name) => [name, empty])))).toEqual(defaults);
    },
  );

  test("parseConfig and traces read no name but configNames", () => {
    const read = new Set<PropertyKey>();
    const env = new Proxy<Env>({}, { get: (_, name) => void read.add(name) });
    parseConfig(env, [], parseUpstreams);
    traces(env);
    expect([...read].sort()).toEqual([...configNames, "RATE_LIMIT", "RESULTS"].sort());
  });

  test.each<[string, unknown, Partial<Config>]>([
    ["TOKEN", "x", { token: "x" }],
    ["TOKEN", "a!~#+/=_-.", { token: "a!~#+/=_-." }],
    ["TOKENS", "{}", { tokens: {} }],
    ["TOKENS", `{"${hash}":${JSON.stringify(grant)}}`, { tokens: { [hash]: grant } }],
    [
      "TOKENS",
      `{"${hash.toUpperCase()}":{"tenant":"A.b-c_9","scopes":["read","write","work","admin"]}}`,
      { tokens: { [hash]: { tenant: "A.b-c_9", scopes: ["read", "write", "work", "admin"] } } },
    ],
    ["SHARDS", "4096", { shards: 4096, createShards: 4096 }],
    ["SHARDS", 16, { shards: 16, createShards: 16 }],
    ["MAX_OPERATIONS", "100000", { maxOperations: 100_000 }],
    ["MAX_STORAGE", 5_000_000_000, { maxStorage: 5_000_000_000 }],
    ["MAX_WAITERS", "1", { maxWaiters: 1 }],
    ["MAX_RESULT", "1", { maxResult: 1 }],
    ["SHARDS", "4..8", { shards: 8, createShards: 4 }],
    ["SHARDS", "1..4096", { shards: 4096, createShards: 1 }],
    ["SHARDS", "16..32", { shards: 32, createShards: 16 }],
    [
      "UPSTREAMS",
      '{"crm":"https://crm.test/v1//"}',
      { upstreams: { crm: at("https://crm.test/v1") } },
    ],
    ["UPSTREAMS", { crm: "https://crm.test" }, { upstreams: { crm: at("https://crm.test") } }],
    ["UPSTREAMS", '{"a":"http://127.0.0.1:80"}', { upstreams: { a: at("http://127.0.0.1:80") } }],
    [
      "UPSTREAMS",
      '{"a":"http://[::1]:8080/x/..y/@"}',
      { upstreams: { a: at("http://[::1]:8080/x/..y/@") } },
    ],
    ["AT_ROOT", "a2a, google,", { atRoot: ["a2a", "google"] }],
    ["ALLOWED_ORIGINS", "https://a.test", { allowedOrigins: ["https://a.test"] }],
    [
      "ALLOWED_ORIGINS",
      " HTTPS://A.Test:443/ ,, http://b.test:80,http://c.test:8080,https://d.test:080 ",
      {
        allowedOrigins: [
          "https://a.test",
          "http://b.test",
          "http://c.test:8080",
          "https://d.test:80",
        ],
      },
    ],
    ["DEFAULT_TTL", "1ms", { defaultTtl: 1 }],
    ["MAX_TTL", "24h", { maxTtl: 86_400_000 }],
    ["DEFAULT_DEADLINE", "1h30m", { defaultDeadline: 5_400_000 }],
    ["MAX_DEADLINE", "876000h", { maxDeadline: 876_000 * 3_600_000 }],
    ["FINISHED_CACHE", "0", { finishedCache: 0 }],
    ["FINISHED_CACHE", "60s", { finishedCache: 60_000 }],
    ["MAX_CONCURRENT", "1", { maxConcurrent: 1 }],
    ["MAX_CONCURRENT", "1000", { maxConcurrent: 1_000 }],
    ["DEFAULT_TTL", "720h", { defaultTtl: 720 * 3_600_000 }],
    ["DEFAULT_DEADLINE", "168h", { defaultDeadline: 168 * 3_600_000 }],
    ["MAX_BODY", "1", { maxBody: 1 }],
    ["MAX_BODY", String(maxBodyLimit), { maxBody: maxBodyLimit }],
    ["V", "2", { verbosity: { v: 2, modules: [] } }],
    ["VMODULE", "http=3", { verbosity: { v: 0, modules: [{ pattern: "http", v: 3 }] } }],
    ["TICKET_SECRET", "s".repeat(32), { ticketSecrets: ["s".repeat(32)] }],
    [
      "TICKET_SECRET",
      ` ${"a".repeat(32)}  ${"b".repeat(40)} `,
      { ticketSecrets: ["a".repeat(32), "b".repeat(40)] },
    ],
    ["SENTRY_DSN", "https://k3y@o1.sentry.test/7", { sentryDsn: "https://k3y@o1.sentry.test/7" }],
    ["SENTRY_DSN", "http://k:s@[::1]:9000/p/7", { sentryDsn: "http://k:s@[::1]:9000/p/7" }],
    ["ALERT_WEBHOOK", "https://c.test/h?k=s#f", { alertWebhook: "https://c.test/h?k=s#f" }],
    ["PUBLIC_URL", "https://Edge.test/", { publicUrl: "https://edge.test" }],
    ["DEVELOPMENT", "true", { isDevelopment: true }],
    ["DEVELOPMENT", true, { isDevelopment: true }],
    ["DEVELOPMENT", "false", { isDevelopment: false }],
    ["RATE_LIMIT", { limit: () => undefined }, {}],
    ["RESULTS", { createMultipartUpload: () => undefined }, { maxResult: 5_368_709_120 }],
    ["MAX_RESULT", "8388608", { maxResult: 8_388_608 }],
    ["JURISDICTION", "eu", { jurisdiction: "eu" }],
    ["JURISDICTION", "fedramp", { jurisdiction: "fedramp" }],
    ["WEBHOOK_SECRET", whsec(24), { webhookSecrets: [whsec(24)] }],
    [
      "WEBHOOK_SECRET",
      whsec(24).replace("sec", "root"),
      { webhookSecrets: [whsec(24).replace("sec", "root")] },
    ],
    ["WEBHOOK_SECRET", whsec(25), { webhookSecrets: [whsec(25)] }],
    ["WEBHOOK_SECRET", whsec(26), { webhookSecrets: [whsec(26)] }],
    ["WEBHOOK_SECRET", ` ${whsec(64)}  ${whsec(32)} `, { webhookSecrets: [whsec(64), whsec(32)] }],
  ])("parseConfig reads %s %j", (name, value, expected) => {
    expect(good({ [name]: value })).toEqual({ ...defaults, ...expected });
  });

  test.each<[string, unknown, string]>([
    ["SHARDS", "0", 'must be a whole number from 1 to 4096, not "0"'],
    ["SHARDS", "4097", 'must be a whole number from 1 to 4096, not "4097"'],
    ["SHARDS", "1.5", 'must be a whole number from 1 to 4096, not "1.5"'],
    ["SHARDS", "-1", 'must be a whole number from 1 to 4096, not "-1"'],
    ["SHARDS", " 1", 'must be a whole number from 1 to 4096, not " 1"'],
    ["MAX_OPERATIONS", "0", 'must be a whole number from 1 to 999999999999999, not "0"'],
    ["MAX_STORAGE", "1GB", 'must be a whole number from 1 to 999999999999999, not "1GB"'],
    ["SHARDS", "0..8", 'must be a whole number from 1 to 4096, not "0"'],
    ["SHARDS", "4..4097", 'must be a whole number from 1 to 4096, not "4097"'],
    ["SHARDS", "8..4", 'must grow, as in 4..8, not "8..4"'],
    ["SHARDS", "4..4", 'must grow, as in 4..8, not "4..4"'],
    ["SHARDS", "4...8", 'must be a whole number from 1 to 4096, not "4...8"'],
    ["SHARDS", "x4..8", 'must be a whole number from 1 to 4096, not "x4..8"'],
    ["SHARDS", "4..8x", 'must be a whole number from 1 to 4096, not "4..8x"'],
    ["SHARDS", "4..", 'must be a whole number from 1 to 4096, not "4.."'],
    ["SHARDS", "0x10", 'must be a whole number from 1 to 4096, not "0x10"'],
    ["MAX_BODY", "0", 'must be a whole number from 1 to 16777216, not "0"'],
    ["MAX_BODY", "16777217", 'must be a whole number from 1 to 16777216, not "16777217"'],
    ["MAX_BODY", "1MB", 'must be a whole number from 1 to 16777216, not "1MB"'],
    ["DEFAULT_TTL", "24", 'must be a duration such as 30s or 24h, not "24"'],
    ["MAX_TTL", "0", 'must be a duration such as 30s or 24h, not "0"'],
    ["MAX_TTL", "-1h", 'must be a duration such as 30s or 24h, not "-1h"'],
    ["DEFAULT_DEADLINE", "soon", 'must be a duration such as 30s or 24h, not "soon"'],
    ["DEFAULT_DEADLINE", "1ns", 'must be a duration such as 30s or 24h, not "1ns"'],
    ["MAX_DEADLINE", "876001h", 'must be a duration of at most 876000h, not "876001h"'],
    ["DEFAULT_TTL", "721h", "is 721h, more than MAX_TTL, 720h"],
    ["MAX_TTL", "1h", "DEFAULT_TTL: is 24h, more than MAX_TTL, 1h"],
    ["DEFAULT_DEADLINE", "169h", "is 169h, more than MAX_DEADLINE, 168h"],
    ["MAX_DEADLINE", "1m", "DEFAULT_DEADLINE: is 15m, more than MAX_DEADLINE, 1m"],
    ["V", "11", 'Cannot parse V "11": must be a whole number from 0 to 10'],
    ["V", "VMODULE", 'Cannot parse V "VMODULE": must be a whole number from 0 to 10'],
    ["VMODULE", "http", 'Cannot parse VMODULE entry "http": must be pattern=level'],
    [
      "TICKET_SECRET",
      "s".repeat(31),
      "must be secrets of at least 32 characters each, separated by spaces",
    ],
    [
      "TICKET_SECRET",
      `${"s".repeat(32)} short`,
      "must be secrets of at least 32 characters each, separated by spaces",
    ],
    ["TICKET_SECRET", " ", "must be secrets of at least 32 characters each, separated by spaces"],
    ["FINISHED_CACHE", "61s", 'must be a duration from 0s to 1m, not "61s"'],
    ["FINISHED_CACHE", "yes", 'must be a duration from 0s to 1m, not "yes"'],
    ["MAX_CONCURRENT", "0", 'must be a whole number from 1 to 1000, not "0"'],
    ["MAX_CONCURRENT", "1001", 'must be a whole number from 1 to 1000, not "1001"'],
    ["DEVELOPMENT", "yes", 'must be true or false, not "yes"'],
    ["RESULTS", "true", "must be an R2 bucket binding ([[r2_buckets]] in wrangler.toml)"],
    ["RESULTS", {}, "must be an R2 bucket binding ([[r2_buckets]] in wrangler.toml)"],
    ["MAX_RESULT", "0", 'must be a whole number from 1 to 8388608, not "0"'],
    ["MAX_RESULT", "8388609", 'must be a whole number from 1 to 8388608, not "8388609"'],
    ["MAX_UPLOAD", "0", 'must be a whole number from 1 to 5368709120, not "0"'],
    ["MAX_UPLOAD", "2097152", "requires the R2 bucket binding RESULTS"],
    ["RATE_LIMIT", "100", "must be a rate limit binding ([[ratelimits]] in wrangler.toml)"],
    ["RATE_LIMIT", null, "must be a rate limit binding ([[ratelimits]] in wrangler.toml)"],
    ["RATE_LIMIT", {}, "must be a rate limit binding ([[ratelimits]] in wrangler.toml)"],
    ["JURISDICTION", "us", 'must be eu or fedramp, not "us"'],
    ["JURISDICTION", "EU", 'must be eu or fedramp, not "EU"'],
    ["ALLOWED_ORIGINS", "*", 'must be an origin such as https://example.com, not "*"'],
    ["PUBLIC_URL", "edge.test", 'must be an origin such as https://example.com, not "edge.test"'],
  ])("parseConfig refuses %s %j and says: %s", (name, value, told) => {
    const [, path = name, message] = /^(?:([A-Z_]+): )?(.*)$/.exec(told) ?? [];
    expect(problems({ [name]: value })).toEqual([{ path, message }]);
  });

  test.each([
    "ftp://a.test",
    "https://a.test/path",
    "https://a.test?x",
    "https://a.test#x",
    "https://user@a.test",
    "https://a.test:65536",
    "https://a.test:",
    "https://a b.test",
    "https://",
    "null",
  ])("parseConfig refuses the origin %j, as PUBLIC_URL and among ALLOWED_ORIGINS", (origin) => {
    const message = `must be an origin such as https://example.com, not ${JSON.stringify(origin)}`;
    expect(problems({ PUBLIC_URL: origin })).toEqual([{ path: "PUBLIC_URL", message }]);
    expect(problems({ ALLOWED_ORIGINS: `https://ok.test,${origin}` })).toEqual([
      { path: "ALLOWED_ORIGINS", message },
    ]);
  });

  test("parseConfig holds a value against another only where every value is good", () => {
    const env = { SHARDS: "0", DEFAULT_TTL: "721h" };
    expect(problems(env).map(({ path }) => path)).toEqual(["SHARDS"]);
    expect(problems({ DEFAULT_TTL: "721h" }).map(({ path }) => path)).toEqual(["DEFAULT_TTL"]);
  });

  test("parseConfig takes a MAX_UPLOAD that is at least MAX_BODY where there is a bucket", () => {
    const RESULTS = { createMultipartUpload: () => undefined };
    expect(good({ RESULTS, MAX_UPLOAD: "5368709120" }).maxUpload).toBe(5_368_709_120);
    expect(problems({ RESULTS, MAX_UPLOAD: "1048575" })).toEqual([
      { path: "MAX_UPLOAD", message: "is 1048575, less than MAX_BODY, 1048576" },
    ]);
  });

  test("parseConfig names a value that is neither text nor JSON, and says what it came as", () => {
    const message = 'must be eu or fedramp, not "Symbol(eu)"';
    expect(problems({ JURISDICTION: Symbol("eu") })).toEqual([{ path: "JURISDICTION", message }]);
  });

  test("parseConfig tells everything that is wrong at once", () => {
    const env = {
      SHARDS: "0",
      MAX_TTL: "x",
      UPSTREAMS: '{"a":1,"b":"https://b.test","c":"c"}',
      ALLOWED_ORIGINS: "x,y",
    };
    expect(problems(env).map(({ path }) => path)).toEqual([
      "SHARDS",
      "UPSTREAMS",
      "UPSTREAMS",
      "ALLOWED_ORIGINS",
      "ALLOWED_ORIGINS",
      "MAX_TTL",
    ]);
  });
});

describe("parseConfig: WEBHOOK_SECRET", () => {
  test.each([
    ["whsec_", 1],
    [whsec(23), 1],
    [whsec(65), 1],
    [whsec(25).replace(/=+$/, ""), 1],
    [whsec(24).replace("whsec_", ""), 1],
    [`x${whsec(24)}`, 1],
    [whsec(24).replace("sec", "key"), 1],
    [whsec(23).replace("sec", "root"), 1],
    [`abcd${whsec(24)}`, 1],
    [`${whsec(24)}-_-_`, 1],
    [`${whsec(24)},${whsec(24)}`, 1],
    [`${whsec(24)} whsec_short`, 2],
  ])("parseConfig refuses %j at entry %d, and tells nothing of it", (value, entry) => {
    const message = `entry ${entry}: must be whsec_ or whroot_ followed by 24 to 64 bytes in base64`;
    expect(problems({ WEBHOOK_SECRET: value })).toEqual([{ path: "WEBHOOK_SECRET", message }]);
  });

  test("refuses a root secret that receivers know as the key of all tenants", () => {
    const known = whsec(32);
    const message = "entry 2: must be a new secret, not that of a whsec_ entry";
    const value = `${known} ${known.replace("sec", "root")}`;
    expect(problems({ WEBHOOK_SECRET: value })).toEqual([{ path: "WEBHOOK_SECRET", message }]);
  });
});

describe("parseConfig: TOKEN", () => {
  test.each(["two words", " lead", "trail\n", "tab\tbed", "é", "a\u00a0b", "a\u007fb"])(
    "parseConfig names a TOKEN that no Authorization header can carry: %j",
    (token) => {
      const message =
        "must be ASCII characters without spaces, the only ones that clients can send";
      expect(problems({ TOKEN: token })).toEqual([{ path: "TOKEN", message }]);
    },
  );
});

describe("parseConfig: TOKENS", () => {
  const entry = (value: unknown, key = hash) => JSON.stringify({ [key]: value });
  const badHash = "entry 1: must be the SHA-256 of a token as 64 hex digits";
  const badTenant = "entry 1.tenant: must be a name of at most 63 letters, digits, _, . and -";
  const badScopes = "must be a list of read, write, work, admin";

  test.each([
    ["not JSON", "must be a JSON object"],
    ["[]", "must be a JSON object"],
    ['"text"', "must be a JSON object"],
    ["null", "must be a JSON object"],
    ['{"__proto__":{}}', "must not be named __proto__"],
    [entry(grant, "plain-token"), badHash],
    [entry(grant, hash.slice(1)), badHash],
    [entry(grant, `${hash}0`), badHash],
    [entry(grant, hash.replace("0", "g")), badHash],
    [entry(null), "entry 1: must be an object with only tenant and scopes"],
    [entry({ ...grant, more: 1 }), "entry 1: must be an object with only tenant and scopes"],
    [entry({ scopes: ["read"] }), badTenant],
    [entry({ ...grant, tenant: "" }), badTenant],
    [entry({ ...grant, tenant: "a/b" }), badTenant],
    [entry({ ...grant, tenant: "-a" }), badTenant],
    [entry({ ...grant, tenant: "a".repeat(64) }), badTenant],
    [entry({ tenant: "acme" }), `entry 1.scopes: ${badScopes}`],
    [entry({ ...grant, scopes: [] }), `entry 1.scopes: ${badScopes}`],
    [entry({ ...grant, scopes: "read" }), `entry 1.scopes: ${badScopes}`],
    [entry({ ...grant, scopes: ["read", "root"] }), `entry 1.scopes.1: ${badScopes}`],
  ])("parseConfig refuses TOKENS %s", (tokens, message) => {
    expect(problems({ TOKENS: tokens })).toEqual([{ path: "TOKENS", message }]);
  });

  test("parseConfig refuses one hash twice, in upper and in lower case, and names the place", () => {
    const tokens = { [hash]: grant, ["f".repeat(64)]: grant, [hash.toUpperCase()]: grant };
    expect(problems({ TOKENS: JSON.stringify(tokens) })).toEqual([
      { path: "TOKENS", message: "entry 3: has the same hash as entry 1" },
    ]);
  });
});

describe("parseConfig: UPSTREAMS", () => {
  const badUrl =
    "crm: must be an http(s) URL without credentials, query, fragment or .. in its path";

  test.each([
    "crm.test",
    "ftp://crm.test",
    "https://",
    "https:///path",
    "https://user:pass@crm.test",
    "https://user@crm.test/",
    "https://crm.test?a=1",
    "https://crm.test/#a",
    "https://crm.test:65536/",
    "https://crm.test:/",
    "https://crm.test\\@evil.test",
    "https://crm.test/a\\..\\b",
    "https://crm.test/..",
    "https://crm.test/a/../b",
    "https://crm.test/a/%2e%2E/b",
    "https://crm.test/a/.%2e",
    "https://crm.test/./a",
    "https://crm.test/a b",
    "https://crm.test/a\u0000b",
    "https://crm.test/.\t./b",
    " https://crm.test",
  ])("parseConfig refuses the upstream %j", (base) => {
    expect(problems({ UPSTREAMS: JSON.stringify({ crm: base }) })).toEqual([
      { path: "UPSTREAMS", message: badUrl },
    ]);
  });

  test.each([
    ["", "entry 1: must be a name of at most 63 letters, digits, _, . and -"],
    ["a/b", "entry 1: must be a name of at most 63 letters, digits, _, . and -"],
    ["..", "entry 1: must be a name of at most 63 letters, digits, _, . and -"],
    ["a".repeat(64), "entry 1: must be a name of at most 63 letters, digits, _, . and -"],
    ["__proto__", "must not be named __proto__"],
  ])("parseConfig refuses an upstream called %j", (name, message) => {
    const upstreams = `{${JSON.stringify(name)}:"https://crm.test"}`;
    expect(problems({ UPSTREAMS: upstreams })).toEqual([{ path: "UPSTREAMS", message }]);
  });

  test.each(["[]", "1", "{", "https://crm.test"])("parseConfig refuses UPSTREAMS %s", (text) => {
    expect(problems({ UPSTREAMS: text })).toEqual([
      { path: "UPSTREAMS", message: "must be a JSON object" },
    ]);
  });
});

describe("parseConfig: secrets", () => {
  const secret = "s3cr3tS3cr3t";

  test.each([
    ["TOKEN", `${secret} `],
    ["TOKENS", secret],
    ["TOKENS", `{"${secret}`],
    ["TOKENS", `["${secret}"]`],
    ["TOKENS", `{"${secret}":{"tenant":"a","scopes":["read"]}}`],
    ["TOKENS", `{"${hash}":"${secret}"}`],
    ["TOKENS", `{"${hash}":{"${secret}":1}}`],
    ["TOKENS", `{"${hash}":{"tenant":"/${secret}","scopes":["${secret}"]}}`],
    ["TOKENS", `{"__proto__":"${secret}"}`],
    ["TOKENS", `{"${secret}":${"[".repeat(70)}${"]".repeat(70)}}`],
    ["UPSTREAMS", secret],
    ["UPSTREAMS", `{"a":"https://${secret}@crm.test"}`],
    ["UPSTREAMS", `{"a":"https://crm.test/?key=${secret}"}`],
    ["UPSTREAMS", `{"https://${secret}@crm.test":"a"}`],
    ["TICKET_SECRET", secret],
    ["TICKET_SECRET", `${"s".repeat(32)} ${secret}`],
    ["SENTRY_DSN", secret],
    ["SENTRY_DSN", `https://${secret}@sentry.test`],
    ["SENTRY_DSN", `https://${secret}@sentry.test/project`],
    ["SENTRY_DSN", `https://sentry.test/${secret}`],
    ["ALERT_WEBHOOK", secret],
    ["ALERT_WEBHOOK", `ftp://${secret}`],
    ["ALERT_WEBHOOK", `https://a.test/${secret} x`],
    ["WEBHOOK_SECRET", secret],
    ["WEBHOOK_SECRET", `whsec_${secret}`],
    ["WEBHOOK_SECRET", `${whsec(24)} ${secret}`],
  ])("parseConfig tells that %s is wrong and nothing of it: %s", (name, value) => {
    const found = problems({ [name]: value });
    expect(found.map(({ path }) => path)).toContain(name);
    expect(JSON.stringify(found)).not.toContain(secret);
  });
});
