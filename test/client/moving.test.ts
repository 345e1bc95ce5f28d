import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { FakeService, json, problem, settle } from "./fake-service.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it("deleteTenant goes on from the object that a 202 names, also where that meets trouble", async () => {
  const service = new FakeService(
    json({ tenant: "acme", objects: 400, next: 400 }, 202),
    problem(503, "unavailable"),
    json({ tenant: "acme", objects: 800, next: 800 }, 202),
    json({ tenant: "acme", objects: 1_000 }),
  );
  expect(await settle(service.client.deleteTenant("acme"))).toEqual({
    tenant: "acme",
    objects: 1_000,
  });
  const asked = service.sent.map(({ method, path }) => `${method} ${path}`);
  const of = "DELETE /tenants/acme";
  expect(asked).toEqual([of, `${of}?from=400`, `${of}?from=400`, `${of}?from=800`]);
});
