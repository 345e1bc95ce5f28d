import { afterEach, describe, expect, test, vi } from "vitest";
import { sentry } from "../../src/base/sentry.ts";
import type { Config } from "../../src/config/config.ts";
import type { Operation } from "../../src/core/operation/operation.ts";
import type { Snapshot } from "../../src/core/reply.ts";
import { encodeMonitor } from "../../src/dialects/native/monitor.ts";
import { tickets } from "../../src/edge/access/ticket.ts";
import { echo } from "../../src/kinds/echo.ts";
import { http } from "../../src/kinds/http/http.ts";
import { KindTable } from "../../src/kinds/kind-table.ts";
import { large } from "../../src/object/large/large.ts";
import { traces } from "../../src/object/spans/traces.ts";
import { Deployment, type DeploymentOptions } from "../../src/runner/deployment.ts";

afterEach(() => {
  vi.restoreAllMocks();
});

function deploymentOf(more: Partial<DeploymentOptions> = {}): Deployment {
  return new Deployment({
    kinds: new KindTable({}),
    basePath: "/api",
    binding: "OPERATIONS",
    runner: "Runner",
    config: {},
    encode: encodeMonitor,
    operations: () => {
      throw new Error("not asked for here");
    },
    ...more,
  });
}

const dsn = "https://k3y@sentry.test/7";
const envOf = (values: object) => values as unknown as Cloudflare.Env;

describe("Encoding.forWebhook", () => {
  const snapshot = { op: { id: "op" } as unknown as Operation };
  const formats = new Map([
    ["own", ({ op }: Snapshot, base: string, input: () => string) => `${op.id} ${base} ${input()}`],
  ]);
  const { encoding } = deploymentOf({
    formats,
    encode: ({ op }, base) => `native ${op.id} ${base}`,
  });
  const written = (format?: string) =>
    encoding.forWebhook(
      { url: "https://hook.test", origin: "https://edge.test", ...(format && { format }) },
      snapshot,
      () => '{"a":1}',
    );

  test("is the form that the webhook was asked for in, and native for any other", () => {
    expect(written("own")).toBe('op https://edge.test/api {"a":1}');
    for (const format of [undefined, "", "later", "native", "__proto__"]) {
      expect(written(format)).toBe("native op https://edge.test/api");
    }
  });
});

describe("Deployment.configOf", () => {
  test("SENTRY_DSN is a bad configuration where nothing reports to it, and the log says so", () => {
    const logged = vi.spyOn(console, "error").mockImplementation(() => undefined);
    const found = deploymentOf().configOf(envOf({ SENTRY_DSN: dsn, MAX_TTL: "never" }));
    const message = "createOperations was not given `sentry` of edge-operations/sentry";
    expect(!found.ok && found.failure).toEqual([
      { path: "MAX_TTL", message: expect.any(String) },
      { path: "SENTRY_DSN", message },
    ]);
    expect(logged.mock.calls.join("\n")).toContain(`SENTRY_DSN: ${message}`);
    expect(logged.mock.calls.join("\n")).not.toContain("k3y");
    const inCode = deploymentOf({ config: { SENTRY_DSN: dsn } }).configOf(envOf({}));
    expect(inCode).toMatchObject({ failure: [{ path: "SENTRY_DSN" }] });
  });

  test("the bucket RESULTS is one where nothing keeps large results", () => {
    vi.spyOn(console, "error").mockImplementation(() => undefined);
    const bucket = { createMultipartUpload: () => undefined };
    const env = envOf({ RESULTS: bucket });
    const message = "createOperations was not given `large` of edge-operations/large";
    const failure = [{ path: "RESULTS", message }];
    expect(deploymentOf().configOf(env)).toEqual({ ok: false, failure });
    expect(deploymentOf().bucketOf(env)).toBeUndefined();
    expect(deploymentOf({ large }).configOf(env).ok).toBe(true);
    expect(deploymentOf({ large }).bucketOf(env)).toEqual({ large, bucket });
    expect(deploymentOf({ large }).bucketOf(envOf({}))).toBeUndefined();
  });

  test("TICKET_SECRET is one where nothing signs by it, without a word of it", () => {
    const logged = vi.spyOn(console, "error").mockImplementation(() => undefined);
    const secret = "a-secret-that-nobody-may-read-in-logs";
    const env = envOf({ TICKET_SECRET: secret });
    const message = "createOperations was not given `tickets` of edge-operations/tickets";
    expect(deploymentOf().configOf(env)).toEqual({
      ok: false,
      failure: [{ path: "TICKET_SECRET", message }],
    });
    expect(logged.mock.calls.join("\n")).not.toContain(secret);
    expect(deploymentOf({ tickets }).configOf(env).ok).toBe(true);
  });

  test("OTEL_EXPORTER_OTLP_ENDPOINT is one where nothing tells spans, and where what does refuses it", () => {
    vi.spyOn(console, "error").mockImplementation(() => undefined);
    const path = "OTEL_EXPORTER_OTLP_ENDPOINT";
    const env = envOf({ [path]: "https://collector.test" });
    const message = "createOperations was not given `traces` of edge-operations/traces";
    const without = deploymentOf();
    expect(without.configOf(env)).toEqual({ ok: false, failure: [{ path, message }] });
    expect(without.tracingOf(env)).toBeUndefined();
    const given = deploymentOf({ traces });
    expect(given.configOf(env).ok).toBe(true);
    expect(given.tracingOf(env)).toBeDefined();
    expect(given.tracingOf(envOf({}))).toBeUndefined();
    const bad = envOf({ [path]: "https://collector.test", OTEL_TRACES_SAMPLER: "all", V: "much" });
    expect(given.configOf(bad)).toMatchObject({
      failure: [{ path: "V" }, { path: "OTEL_TRACES_SAMPLER" }],
    });
    expect(given.tracingOf(bad)).toBeUndefined();
  });

  test("UPSTREAMS is a bad configuration where no kind asks upstreams", () => {
    vi.spyOn(console, "error").mockImplementation(() => undefined);
    const env = envOf({ UPSTREAMS: '{"up":"https://up.test"}' });
    expect(deploymentOf({ kinds: new KindTable({ echo }) }).configOf(env)).toMatchObject({
      failure: [{ path: "UPSTREAMS", message: expect.stringContaining("requests to upstreams") }],
    });
    const found = deploymentOf({ kinds: new KindTable({ anyName: http }) }).configOf(env);
    expect(found.ok && found.value.upstreams).toMatchObject({ up: { url: "https://up.test" } });
  });

  test.each([
    [{ SENTRY_DSN: dsn }, { sentry }],
    [{ SENTRY_DSN: "" }, {}],
    [{}, {}],
  ])("%j is good with %j", (values, more) => {
    expect(deploymentOf(more).configOf(envOf(values))).toHaveProperty("ok", true);
  });
});

describe("Deployment.reportersOf", () => {
  test.each([
    [{}, 0],
    [{ SENTRY_DSN: dsn }, 1],
    [{ ALERT_WEBHOOK: "https://alerts.test/hook" }, 1],
    [{ SENTRY_DSN: dsn, ALERT_WEBHOOK: "https://alerts.test/hook" }, 2],
  ])("%j has %i", (values, count) => {
    const deployment = deploymentOf({ sentry });
    const { value } = deployment.configOf(envOf(values)) as { value: Config };
    expect(deployment.reportersOf(value)).toHaveLength(count);
  });
});
