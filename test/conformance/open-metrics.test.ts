import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import type { TenantMeasures } from "../../src/core/statistics/shard-stats.ts";
import { Counting } from "../../src/core/statistics/totals.ts";
import { TrafficCount } from "../../src/core/statistics/traffic.ts";
import { metrics } from "../../src/dialects/native/metrics/metrics.ts";
import { serving } from "../e2e/serving.ts";
import { eventually } from "../eventually.ts";

// What GET /metrics says, to the reference parser of OpenMetrics: Debian's python3-prometheus-client.

type Labels = Readonly<Record<string, string>>;
type Sample = readonly [name: string, labels: Labels, value: number];
type Families = Readonly<
  Record<string, { readonly type: string; readonly unit: string; readonly samples: Sample[] }>
>;

function parsed(text: string): Families {
  const program = path.join(import.meta.dirname, "open-metrics.py");
  // Debian's, since another Python on the path has not its packages.
  const { stdout, stderr, error } = spawnSync("/usr/bin/python3", [program], {
    input: text,
    encoding: "utf8",
    maxBuffer: 2 ** 26,
  });
  if (error) throw error;
  expect(stderr).toBe("");
  return JSON.parse(stdout) as Families;
}

/** The value of the one sample of a name with these labels among its own. */
function sampleOf(families: Families, name: string, labels: Labels = {}): number | undefined {
  const found = Object.values(families)
    .flatMap(({ samples }) => samples)
    .filter(([own, all]) => own === name && Object.entries(labels).every(([k, v]) => all[k] === v));
  expect(found.length).toBeLessThanOrEqual(1);
  return found[0]?.[2];
}

/** Something of everything, of kinds by these names. */
function measured(...kinds: readonly string[]): TenantMeasures {
  const counting = new Counting();
  const traffic = new TrafficCount();
  for (const kind of kinds) {
    counting.count(kind, "created");
    counting.count(kind, "succeeded");
    counting.took(kind, "start", 0);
    counting.took(kind, "finish", 1_500);
  }
  for (const name of ["delivery.delivered", "limit.operations"]) counting.happened(name);
  counting.happened("span.dropped", 7);
  traffic.add("/api/v1/operations", 202, 3);
  const level = { paused: false, running: 3, waiting: 1, asking: 1, parked: 2 };
  return {
    traffic: traffic.traffic(),
    attempts: 2,
    waiters: 1,
    bytes: 4_096,
    totals: counting.totals(),
    levels: Object.fromEntries(kinds.map((kind) => [kind, level])),
  };
}

describe("metrics", () => {
  it("is OpenMetrics that the reference parser takes, with each number in its place", () => {
    const families = parsed(metrics.write(measured("echo")));
    const value = (name: string, labels?: Labels) => sampleOf(families, name, labels);
    expect(families).toMatchObject({
      edge_operations_created: { type: "counter" },
      edge_operations_finish_seconds: { type: "histogram", unit: "seconds" },
      edge_operations_unfinished: { type: "gauge" },
      edge_operations_stored_bytes: { type: "gauge", unit: "bytes" },
    });
    expect(value("edge_operations_created_total", { kind: "echo" })).toBe(1);
    expect(value("edge_operations_ended_total", { outcome: "succeeded" })).toBe(1);
    expect(value("edge_operations_ended_total", { outcome: "failed" })).toBe(0);
    expect(value("edge_operations_finish_seconds_sum")).toBe(1.5);
    expect(value("edge_operations_finish_seconds_count")).toBe(1);
    expect(value("edge_operations_finish_seconds_bucket", { le: "1.024" })).toBe(0);
    expect(value("edge_operations_finish_seconds_bucket", { le: "2.048" })).toBe(1);
    expect(value("edge_operations_start_seconds_bucket", { le: "0.001" })).toBe(1);
    const request = { route: "/api/v1/operations", status: "202" };
    expect(value("edge_operations_request_seconds_count", request)).toBe(1);
    expect(value("edge_operations_request_seconds_bucket", { ...request, le: "0.002" })).toBe(0);
    expect(value("edge_operations_request_seconds_bucket", { ...request, le: "0.004" })).toBe(1);
    expect(value("edge_operations_deliveries_total", { outcome: "delivered" })).toBe(1);
    expect(value("edge_operations_limits_hit_total", { limit: "operations" })).toBe(1);
    expect(value("edge_operations_spans_total", { outcome: "dropped" })).toBe(7);
    expect(value("edge_operations_spans_total", { outcome: "exported" })).toBe(0);
    const states = { running: 2, asking: 1, parked: 2, waiting: 1 };
    for (const [state, count] of Object.entries(states)) {
      expect(value("edge_operations_unfinished", { state })).toBe(count);
    }
  });

  it("is good where nothing has been counted", () => {
    const { totals, traffic, ...rest } = measured();
    const text = metrics.write({ ...rest, totals: { kinds: {}, counts: {} }, traffic: {} });
    expect(sampleOf(parsed(text), "edge_operations_attempts")).toBe(2);
    // So that the first that is dropped is an increase.
    for (const outcome of ["exported", "dropped"]) {
      expect(sampleOf(parsed(text), "edge_operations_spans_total", { outcome })).toBe(0);
    }
  });

  it("escapes what stands in a label, which is markup nowhere", () => {
    const kind = 'a"b\\c\nd} 1\n# EOF\n{x="<script>"';
    const families = parsed(metrics.write(measured(kind, "plain")));
    expect(sampleOf(families, "edge_operations_created_total", { kind })).toBe(1);
    expect(sampleOf(families, "edge_operations_created_total", { kind: "plain" })).toBe(1);
  });

  it("tells no more kinds apart than its bound", () => {
    const many = Array.from({ length: 500 }, (_none, n) => `kind-${n}`);
    const { levels: _, ...rest } = measured(...many);
    const families = parsed(metrics.write({ ...rest, levels: {} }));
    expect(families.edge_operations_created?.samples).toHaveLength(33);
    expect(sampleOf(families, "edge_operations_created_total", { kind: "(other)" })).toBe(468);
  });
});

describe("docs/grafana-dashboard.json", () => {
  it("asks for metrics that there are, by labels that they have", () => {
    const file = path.join(import.meta.dirname, "../../docs/grafana-dashboard.json");
    const { panels } = JSON.parse(readFileSync(file, "utf8")) as {
      panels: { title: string; targets?: { expr: string }[] }[];
    };
    const samples = Object.values(parsed(metrics.write(measured("echo")))).flatMap(
      (family) => family.samples,
    );
    const labels = new Map<string, Set<string>>();
    for (const [name, of] of samples) {
      const known = labels.get(name) ?? new Set(["job", "instance"]);
      for (const label of Object.keys(of)) known.add(label);
      labels.set(name, known);
    }
    const queries = panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));
    expect(queries.length).toBeGreaterThan(10);
    for (const query of queries) {
      const names = query.match(/\bedge_operations_\w+/g) ?? [];
      expect(names.length, query).toBeGreaterThan(0);
      for (const name of names) expect([...labels.keys()], query).toContain(name);
      const named = [...query.matchAll(/(?:by|without) \(([^)]*)\)|(\w+) *(?:=~?|!=|!~) *"/g)];
      const asked = named.flatMap(([, list, label]) => list?.split(/, */) ?? label ?? []);
      for (const label of asked) {
        const has = names.some((name) => labels.get(name)?.has(label));
        expect(has, `${label} in ${query}`).toBe(true);
      }
    }
  });
});

describe("docs/metrics.md", () => {
  it("lists each metric that there is, by its labels, and no other", () => {
    const file = path.join(import.meta.dirname, "../../docs/metrics.md");
    const rows = readFileSync(file, "utf8").matchAll(/^\| `(edge_operations_\w+)` \| ([^|]*)\|/gm);
    const listed = [...rows].map(([, name, labels = ""]) =>
      [name, ...labels.matchAll(/\w+/g)].flat(),
    );
    const printed = Object.entries(parsed(metrics.write(measured("echo")))).map(
      ([name, { type, samples }]) => [
        type === "counter" ? `${name}_total` : name,
        ...Object.keys(samples[0]?.[1] ?? {}).filter((label) => label !== "le"),
      ],
    );
    expect(listed.toSorted()).toEqual(printed.toSorted());
  });
});

describe("GET /metrics", () => {
  const on = serving(async () => ({ env: { MAX_OPERATIONS: "6", EXTERNAL_KINDS: "resize" } }));

  it("tells a scraper what has happened, from the kinds' operations to requests and limits", async () => {
    const { url } = on.served;
    const create = (body: object, query = "") =>
      on.client.json(`${url}/api/v1/operations${query}`, {
        method: "POST",
        body: JSON.stringify(body),
      });
    for (let n = 0; n < 3; n++) await create({ kind: "echo", input: n }, "?sync=true");
    await create({ kind: "simulate", input: { outcome: "fail" } }, "?sync=true");
    await create({ kind: "simulate", input: { outcome: "hang" } });
    await create({ kind: "resize" });
    expect((await create({ kind: "echo" })).status).toBe(429);

    const scraped = async () => {
      const response = await fetch(`${url}/api/v1/metrics`, {
        headers: { authorization: "Bearer test-token" },
      });
      expect(response.headers.get("content-type")).toBe(
        "application/openmetrics-text; version=1.0.0; charset=utf-8",
      );
      return parsed(await response.text());
    };
    await eventually(async () => {
      const families = await scraped();
      expect(
        sampleOf(families, "edge_operations_ended_total", { kind: "echo", outcome: "succeeded" }),
      ).toBe(3);
    });
    const families = await scraped();
    const value = (name: string, labels?: Labels) => sampleOf(families, name, labels);
    expect(value("edge_operations_created_total", { kind: "simulate" })).toBe(2);
    expect(value("edge_operations_ended_total", { kind: "simulate", outcome: "failed" })).toBe(1);
    expect(value("edge_operations_start_seconds_count", { kind: "simulate" })).toBe(2);
    expect(value("edge_operations_start_seconds_count", { kind: "resize" })).toBe(0);
    expect(value("edge_operations_finish_seconds_count", { kind: "echo" })).toBe(3);
    expect(value("edge_operations_unfinished", { kind: "simulate", state: "running" })).toBe(1);
    expect(value("edge_operations_unfinished", { kind: "resize", state: "waiting" })).toBe(1);
    expect(value("edge_operations_limits_hit_total", { limit: "operations" })).toBe(1);
    const route = "/api/v1/operations";
    expect(value("edge_operations_request_seconds_count", { route, status: "429" })).toBe(1);
    expect(value("edge_operations_stored_bytes")).toBeGreaterThan(0);
    expect(value("edge_operations_attempts")).toBe(1);
  });
});
