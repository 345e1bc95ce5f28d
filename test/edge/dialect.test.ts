import { describe, expect, it } from "vitest";
import { dialects } from "../../src/dialects/index.ts";
import { native } from "../../src/dialects/native/native.ts";
import { dialectAt } from "../../src/edge/dialect.ts";

describe("dialectAt", () => {
  it.each([
    ["/api/v1beta1", "kubernetes"],
    ["/api/v1beta1/", "kubernetes"],
    ["/api/v1beta1/services/a", "kubernetes"],
    ["/api/v1beta11/services", undefined],
    ["/api/v1/operations", "native"],
    ["/api/v1", "native"],
    ["/api/a2a/agent-card.json", "a2a"],
    ["/api/a2a/v1/tasks", "a2a"],
    ["/api/fal", "fal"],
    ["/api/replicate/v1/predictions", "replicate"],
    ["/api/openai/v1/responses", "openai"],
    ["/api/google/v1/projects/p/operations", "google"],
    ["/api/proxy/slow/report", "proxy"],
    ["/api/mcp", "mcp"],
    ["/api/mcpx", undefined],
    ["/api/v2/operations", undefined],
    ["/API/v1beta1/", undefined],
    ["", undefined],
  ])("%s: %j", (path, name) => {
    expect(dialectAt([native, ...dialects], path)?.name).toBe(name);
  });
});
