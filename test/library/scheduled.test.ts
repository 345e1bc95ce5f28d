import { expect, it } from "vitest";
import { OperationsClient } from "../../src/client/index.ts";
import { builtWorker } from "./built-worker.ts";
import { inMiniflare } from "./in-miniflare.ts";

// A Worker on workerd whose cron trigger fires as the runtime fires it.

const cron = "*/5 * * * *";
const on = inMiniflare(() => builtWorker("scheduled-worker.ts"), {
  durableObjects: { OPERATIONS: { className: "OperationsObject", useSQLite: true } },
});

it("a tick that fires twice makes one operation, and the next tick another", async () => {
  const client = new OperationsClient({ url: on.url, token: "t" });
  const worker = await on.worker.getWorker();
  const made = () => Array.fromAsync(client.list({ order: "asc" }), ({ kind }) => kind);
  const fires = (scheduledTime: Date) => worker.scheduled({ scheduledTime, cron });
  const now = new Date("2026-11-26T12:00:00Z");
  for (const { outcome } of await Promise.all([fires(now), fires(now), fires(now)])) {
    expect(outcome).toBe("ok");
  }
  await fires(now);
  expect(await made()).toEqual(["echo"]);
  await fires(new Date(now.getTime() + 300_000));
  expect(await made()).toEqual(["echo", "echo"]);
  const [first] = await Array.fromAsync(client.list({ order: "asc" }));
  expect(await client.inputOf(first?.id ?? "")).toBe("tick");
  expect((await worker.scheduled({ scheduledTime: now, cron: "0 3 * * *" })).outcome).toBe("ok");
  expect(await made()).toHaveLength(2);
  expect(on.log.join("\n")).toContain("no schedule has the cron that fired");
});
