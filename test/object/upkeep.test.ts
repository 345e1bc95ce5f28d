import { evictDurableObject, runDurableObjectAlarm } from "cloudflare:test";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { command, hanging, operationsOf } from "./commands.ts";

/** The beginning of a block of five minutes, well inside it. */
const start = Date.parse("2030-01-02T03:01:00.000Z");

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"], now: start });
});

afterEach(() => {
  vi.useRealTimers();
});

describe("Upkeep sweeps", () => {
  it("and what ends in a sweep that has others expire is counted, though the object is evicted then", async () => {
    const stub = () => operationsOf("sweep-counts");
    await stub().create(command({ ttl: 60_000 }), 1_000);
    await stub().create(hanging({ deadline: 65_000 }));
    vi.setSystemTime(start + 70_000);
    await runDurableObjectAlarm(stub());
    const all = { statuses: [], kinds: [], labels: [], order: "asc", limit: 9 } as const;
    const { items } = await stub().list(all);
    expect(items.map(({ op }) => `${op.kind} ${op.status}`)).toEqual(["simulate failed"]);
    await evictDurableObject(stub());
    const { totals } = await stub().measures();
    expect(totals?.kinds).toMatchObject({
      echo: { created: 1, succeeded: 1 },
      simulate: { created: 1, failed: 1 },
    });
  });
});
