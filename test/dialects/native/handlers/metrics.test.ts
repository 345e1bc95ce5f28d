import { describe, expect, test } from "vitest";
import { alteredObjects, lacking } from "../../../edge/altered-objects.ts";
import { freshTenant, tenant } from "../../../edge/fresh-tenant.ts";
import { expectProblem } from "../../../edge/refused.ts";
import { type Call, Tenant } from "../../../edge/tenant.ts";

freshTenant();

const metrics = async (call: Call = {}, of = tenant) =>
  new TextDecoder().decode(await (await of.send("/api/v1/metrics", call)).bytes());

/** Objects as they are where they run code that counts nothing of operations. */
const older = alteredObjects((_, method, call) => {
  if (method === "measures") {
    const message = 'The RPC receiver does not implement the method "measures".';
    return () => Promise.reject(new TypeError(message));
  }
  if (method !== "stats") return undefined;
  return async () => {
    const { levels, totals, bytes, ...told } = (await call()) as Record<string, unknown>;
    return told;
  };
});

describe("GET /metrics", () => {
  test("adds up what all objects of the tenant have counted, and tells nothing of another's", async () => {
    const config = { SHARDS: "4" };
    const other = await Tenant.make();
    for (let n = 0; n < 12; n++) await tenant.post({ kind: "echo" }, "?sync=true", { config });
    const text = await metrics({ config });
    expect(text).toContain('edge_operations_created_total{kind="echo"} 12\n');
    expect(text).toContain('edge_operations_ended_total{kind="echo",outcome="succeeded"} 12\n');
    expect(text).toContain('edge_operations_finish_seconds_count{kind="echo"} 12\n');
    expect(text).toContain(
      'edge_operations_request_seconds_count{route="/api/v1/operations",status="200"} 12\n',
    );
    expect(await metrics({ config }, other)).not.toContain("echo");
  });

  test("counts what RATE_LIMIT has refused", async () => {
    const RATE_LIMIT = { limit: async () => ({ success: false }) };
    for (let n = 0; n < 3; n++) {
      const refused = await tenant.send("/api/v1/kinds", { config: { RATE_LIMIT } });
      await expectProblem(refused, "rate-limited");
    }
    const rates = 'edge_operations_limits_hit_total{limit="rate"} 3\n';
    expect(await metrics()).toContain(rates);
    expect(await metrics()).toContain(rates);
  });

  test("needs the scope read, and no other method does it", async () => {
    const writer = await Tenant.make(["write"]);
    await expectProblem(await writer.send("/api/v1/metrics"), "forbidden");
    const posted = await tenant.send("/api/v1/metrics", { method: "POST" });
    await expectProblem(posted, "method-not-allowed");
    expect((await tenant.send("/api/v1/metrics", { method: "HEAD" })).status).toBe(200);
  });

  test("tells what there is where objects run older code, and so do stats", async () => {
    await tenant.post({ kind: "echo" }, "?sync=true");
    const config = { OPERATIONS: older };
    const text = await metrics({ config });
    expect(text).toContain("edge_operations_attempts 0\n");
    expect(text).not.toContain("edge_operations_created_total{");
    expect(text).toContain("edge_operations_request_seconds_count{");
    const { kinds, operations } = await tenant.stats({ config });
    expect(kinds).toEqual({});
    expect(operations.total).toBe(1);
    const some = await metrics({ config: { OPERATIONS: lacking("measures") } });
    expect(some).toContain('edge_operations_created_total{kind="echo"} 1\n');
  });
});
