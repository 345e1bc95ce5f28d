import { describe, expect, it } from "vitest";
import { formatDuration } from "../../src/base/duration.ts";
import { type Config, configNames, parseConfig } from "../../src/config/config.ts";
import { read } from "./documents.ts";

/** The rows of docs/configuration.md: the names of a row, and what it says of each one's default. */
const rows = [...read("docs/configuration.md").matchAll(/^\| (`.+?) \| .* \| (.+?) \|$/gm)].map(
  ([, names = "", defaults = ""]) => ({
    names: [...names.matchAll(/`(\w+)`/g)].map(([, name = ""]) => name),
    isSecret: names.includes("(secret"),
    defaults: defaults.split(", "),
  }),
);

describe("docs/configuration.md", () => {
  it("has every name that the code reads, once, and no other", () => {
    expect(rows.flatMap(({ names }) => names).sort()).toEqual(
      [...configNames, "RATE_LIMIT", "RESULTS"].sort(),
    );
  });

  it.each([
    ...["TOKEN", "TOKENS", "TICKET_SECRET", "SENTRY_DSN", "ALERT_WEBHOOK", "WEBHOOK_SECRET"],
    "OTEL_EXPORTER_OTLP_HEADERS",
  ])("says that %s is a secret", (name) => {
    expect(rows.find(({ names }) => names.includes(name))?.isSecret).toBe(true);
  });

  it.each<[string, (config: Config) => string]>([
    ["SHARDS", ({ shards }) => String(shards)],
    ["DEFAULT_TTL", ({ defaultTtl }) => formatDuration(defaultTtl)],
    ["MAX_TTL", ({ maxTtl }) => formatDuration(maxTtl)],
    ["FINISHED_CACHE", ({ finishedCache }) => `${formatDuration(finishedCache)}: never`],
    ["DEFAULT_DEADLINE", ({ defaultDeadline }) => formatDuration(defaultDeadline)],
    ["MAX_DEADLINE", ({ maxDeadline }) => formatDuration(maxDeadline)],
    ["MAX_BODY", ({ maxBody }) => String(maxBody)],
    ["MAX_CONCURRENT", ({ maxConcurrent }) => String(maxConcurrent)],
    ["MAX_WAITERS", ({ maxWaiters }) => String(maxWaiters)],
    ["V", ({ verbosity }) => String(verbosity.v)],
    ["DEVELOPMENT", ({ isDevelopment }) => String(isDevelopment)],
  ])("says the default of %s", (name, defaultOf) => {
    const parsed = parseConfig({});
    if (!parsed.ok) throw new Error("The empty configuration is good");
    const row = rows.find(({ names }) => names.includes(name));
    const place = row?.defaults.length === 1 ? 0 : (row?.names.indexOf(name) ?? 0);
    expect(row?.defaults[place]).toBe(defaultOf(parsed.value));
  });
});
