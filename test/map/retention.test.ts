import { describe, expect, test } from "vitest";
import { freshTenant, tenant } from "../edge/fresh-tenant.ts";
import { expectProblem } from "../edge/refused.ts";
import type { Monitor } from "../edge/tenant.ts";

freshTenant();

const RETENTION = JSON.stringify({ echo: { ttl: "1h", maxTtl: "2h" }, simulate: { maxTtl: "3h" } });
const config = { RETENTION };

/** How long an operation is kept, in hours. */
function kept({ finishedAt = "", expiresAt = "" }: Monitor): number {
  return (Date.parse(expiresAt) - Date.parse(finishedAt)) / 3_600_000;
}

const done = (body: object, call = { config }) => tenant.create(body, "?sync=true", call);

describe("RETENTION", () => {
  test("says how long operations of a kind are kept, unless their creates do", async () => {
    expect(kept(await done({ kind: "echo" }))).toBe(1);
    expect(kept(await done({ kind: "echo", ttl: "90m" }))).toBe(1.5);
    // Less than the default, of a kind for which it says no more than that.
    expect(kept(await done({ kind: "simulate", input: {} }))).toBe(3);
    const without = await tenant.create({ kind: "echo" }, "?sync=true");
    expect(kept(without)).toBe(24);
  });

  test("bounds what a create may say, whatever became of the operation", async () => {
    const { errors } = await expectProblem(
      await tenant.post({ kind: "echo", ttl: "121m" }, "", { config }),
      "validation-failed",
    );
    expect(errors).toEqual([
      { path: "ttl", message: "must be at most 2h for this kind (RETENTION)" },
    ]);
    const failed = await done({ kind: "simulate", ttl: "3h", input: { outcome: "fail" } });
    const { operation = failed } = failed as unknown as { operation?: Monitor };
    expect(kept(operation)).toBe(3);
  });

  test("a rerun is kept no longer than it says now", async () => {
    const made = await tenant.create({ kind: "echo", ttl: "100h" }, "?sync=true");
    const path = `/api/v1/operations/${made.id}:rerun?sync=true`;
    const again = await tenant.send(path, { method: "POST", config });
    expect(kept((await again.json()) as Monitor)).toBe(2);
  });
});
