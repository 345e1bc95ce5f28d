import { describe, expect, test } from "vitest";
import { freshTenant, tenant } from "../../edge/fresh-tenant.ts";
import { answer, bytesOf, expectNothing, make, mebibyte } from "./bucket.ts";

freshTenant();

const ended = (id: string) => tenant.get(`/operations/${id}?wait=10s`);

describe("a large result whose upstream lies about its length", () => {
  test.each([
    ["more", 6 * mebibyte + 1],
    ["less", 6 * mebibyte - 1],
  ])("it says %s", async (_, said) => {
    const bytes = bytesOf(6 * mebibyte);
    answer(() => bytes, { headers: { "content-length": String(said) } });
    const id = await make();
    const op = await ended(id);
    const size = (await (await tenant.send(`/api/v1/operations/${id}/result`)).arrayBuffer())
      .byteLength;
    expect([op.status, size]).toEqual(["succeeded", bytes.byteLength]);
    await tenant.send(`/api/v1/operations/${id}`, { method: "DELETE" });
    await expectNothing();
  });
});
