import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { dialects } from "../../../src/dialects/index.ts";
import { native } from "../../../src/dialects/native/native.ts";
import { captureLog } from "../log-lines.ts";
import { expectProblem } from "../refused.ts";
import { origin, Tenant } from "../tenant.ts";

const config = {
  ALLOWED_ORIGINS: "https://app.test",
  UPSTREAMS: '{"up":"https://up.test"}',
  PUBLIC_URL: "https://public.test",
};

let tenant: Tenant;

beforeEach(async () => {
  tenant = await Tenant.make(["read", "write", "work"]);
  captureLog();
  vi.spyOn(globalThis, "fetch").mockResolvedValue(new Response("ok"));
});

afterEach(() => {
  vi.restoreAllMocks();
});

const foreign = [
  { origin: "https://evil.test" },
  { origin: "null" },
  { origin: "https://app.test.evil.test" },
  { "sec-fetch-site": "cross-site" },
  { "sec-fetch-site": "same-site", origin: "https://other.edge.test" },
  { "sec-fetch-site": "cross-site", origin },
];

const near = [
  {},
  { origin },
  { origin: "https://public.test" },
  { origin: "https://app.test" },
  { "sec-fetch-site": "cross-site", origin: "https://app.test" },
  { "sec-fetch-site": "same-origin", origin: "https://behind-a-proxy.test" },
  { "sec-fetch-site": "none" },
];

const writes: [string, string, string?][] = [
  ["POST", "/api/v1/operations", '{"kind":"echo"}'],
  ["POST", "/api/v1/operations:batchCreate", '{"operations":[{"kind":"echo"}]}'],
  ["POST", "/api/v1beta1/pods", '{"kind":"Pod","id":"a"}'],
  ["PUT", "/api/v1beta1/pods/a", '{"kind":"Pod","id":"a"}'],
  ["DELETE", "/api/v1beta1/pods/a"],
  ["GET", "/api/proxy/up/x"],
  ["POST", "/api/proxy/up/x", "body"],
];

/** Every action that may change something, of both wires; a new one is covered by itself. */
const actions = [native, ...dialects]
  .flatMap(({ routes }) => routes)
  .flatMap(({ pattern, methods }) =>
    Object.entries(methods).flatMap(([method, { scope }]) =>
      scope === "read" ? [] : [[method === "ANY" ? "PATCH" : method, pattern] as const],
    ),
  );

describe("a page of another origin", () => {
  test.each(actions)("may not %s %s", async (method, pattern) => {
    const path = pattern.replace("{id}", "0".repeat(30)).replace("{upstream}", "up");
    for (const page of foreign) {
      const headers = { ...page, "content-type": "text/plain" };
      const response = await tenant.send(path, { method, headers, config });
      await response.body?.cancel();
      expect([page, response.status]).toEqual([page, 403]);
    }
  });

  test.each(writes)("may not %s %s, whatever its credentials", async (method, path, body) => {
    const basic = `Basic ${btoa(`any:${tenant.token}`)}`;
    for (const authorization of [`Bearer ${tenant.token}`, basic]) {
      for (const page of foreign) {
        const headers = { ...page, authorization, "content-type": "application/json" };
        const call = { method, headers, config, ...(body !== undefined && { body }) };
        const response = await tenant.send(path, call);
        expect([page, response.status]).toEqual([page, 403]);
      }
    }
    expect(await tenant.ids()).toEqual([]);
    expect(globalThis.fetch).not.toHaveBeenCalled();
  });

  test("may read nothing either, but by CORS", async () => {
    const response = await tenant.send("/api/v1/kinds", { headers: foreign[0] ?? {}, config });
    expect(response.status).toBe(200);
    expect(response.headers.has("access-control-allow-origin")).toBe(false);
  });

  test("is told so in the shape of each wire", async () => {
    const headers = foreign[0] ?? {};
    const own = await tenant.post({ kind: "echo" }, "", { headers, config: {} });
    await expectProblem(own, "forbidden");
    const json = { kind: "Pod", id: "a" };
    const status = await tenant.send("/api/v1beta1/pods", { headers, json });
    expect(await status.json()).toMatchObject({ kind: "Status", status: "failure" });
  });
});

test.each(near)("a program, or a page with the headers %j, may write", async (headers) => {
  const response = await tenant.post({ kind: "echo" }, "", { headers, config });
  expect(response.status).toBe(202);
});
