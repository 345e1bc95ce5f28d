import { createExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import { a2a } from "../../src/dialects/a2a/a2a.ts";
import { google } from "../../src/dialects/google/google.ts";
import { createOperations } from "../../src/operations.ts";
import { freshTenant, log, tenant } from "./fresh-tenant.ts";
import { origin, send } from "./tenant.ts";

freshTenant();

const wellKnown = "/.well-known/agent-card.json";
const none = "0".repeat(30);

describe("AT_ROOT", () => {
  test("is off: the card needs a token, and nothing stands at the root", async () => {
    expect((await send("/api/a2a/agent-card.json")).status).toBe(401);
    for (const path of [wellKnown, "/v1/operations", `/v1/operations/${none}`]) {
      expect((await tenant.send(path)).status).toBe(404);
    }
  });

  test("a2a shows anybody the card, in both places, and nothing else of it", async () => {
    const config = { AT_ROOT: "a2a" };
    for (const path of [wellKnown, "/api/a2a/agent-card.json"]) {
      const card = await send(path, { config });
      expect(await card.json()).toMatchObject({ name: "Edge Operations" });
      const head = await send(path, { config, method: "HEAD" });
      expect([head.status, await head.text()]).toEqual([200, ""]);
      const posted = await send(path, { config, json: {} });
      expect([posted.status, posted.headers.get("allow")]).toEqual([405, "GET, HEAD"]);
    }
    for (const path of [
      "/api/a2a/v1/tasks",
      "/api/a2a/v1/extendedAgentCard",
      "/api/a2a/agent-card.json/",
      "/api/mcp",
      "/v1/operations",
    ]) {
      expect([401, 404]).toContain((await send(path, { config })).status);
    }
    expect(new Set(log.requests().map(({ route }) => route))).toContain("/api/a2a/agent-card.json");
  });

  test("google answers at /v1, in its form, to those who have a token", async () => {
    const config = { AT_ROOT: "google" };
    const { id } = await tenant.create({ kind: "echo", input: { a: 1 } }, "?sync=true");
    for (const [path, name] of [
      [`operations/${id}`, `operations/${id}`],
      [`operations/operations%2F${id}`, `operations/${id}`],
      [`projects/p/operations/${id}`, `projects/p/operations/${id}`],
    ]) {
      const read = await tenant.send(`/v1/${path}`, { config });
      expect(await read.json()).toMatchObject({ name, done: true });
    }
    const nobody = await send("/v1/operations", { config });
    expect(await nobody.json()).toMatchObject({ error: { status: "UNAUTHENTICATED" } });
    const canceled = await tenant.send(`/v1/operations/${id}:cancel`, { config, json: {} });
    expect(await canceled.json()).toEqual({});
    expect((await tenant.send("/v1/kinds", { config })).status).toBe(404);
    expect((await send(wellKnown, { config })).status).toBe(404);
    expect(log.requests()[1]?.route).toBe("/api/google/v1/operations/{id}");
  });

  test.each(["fal", "a2a,native", "none"])("%s is refused, and named", async (AT_ROOT) => {
    const response = await tenant.send("/api/v1/operations", { config: { AT_ROOT } });
    const { detail } = (await response.json()) as { detail: string };
    expect([response.status, detail]).toEqual([503, "The configuration is invalid: AT_ROOT"]);
    expect(log.text()).toContain("AT_ROOT: must be a2a or google, not ");
  });
});

describe("handle of a Worker of one's own", () => {
  const asked = async (basePath: string, path: string) => {
    const config = { AT_ROOT: "a2a,google" };
    const { handle } = createOperations({ kinds: {}, dialects: [a2a, google], basePath, config });
    const request = new Request(new URL(path, origin)) as Parameters<typeof handle>[0];
    const answer = await handle(request, env, createExecutionContext() as ExecutionContext);
    return answer && ([answer.status, await answer.json()] as const);
  };

  test("answers what stands at the root, and leaves all else to it", async () => {
    const [status, card] = (await asked("/ops", wellKnown)) ?? [];
    expect([status, card]).toMatchObject([
      200,
      { supportedInterfaces: [{ url: `${origin}/ops/a2a/v1` }, {}] },
    ]);
    expect(await asked("/ops", "/v1/operations")).toMatchObject([
      401,
      { error: { status: "UNAUTHENTICATED" } },
    ]);
    expect(await asked("/ops", "/v1/other")).toBeUndefined();
    expect(await asked("/ops", "/.well-known/other")).toBeUndefined();
  });

  test("whose API is at the root, keeps its native operations there", async () => {
    expect((await asked("/", wellKnown))?.[0]).toBe(200);
    expect(await asked("/", "/v1/operations")).toMatchObject([
      401,
      { error: { code: "unauthenticated" } },
    ]);
  });
});
