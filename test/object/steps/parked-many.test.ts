import { abortAllDurableObjects, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { afterEach, expect, it, vi } from "vitest";
import { eventually } from "../../eventually.ts";
import { operationsOf } from "../commands.ts";
import { perform, start } from "../performing.ts";

const minute = 60_000;
const hour = 60 * minute;

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

it("1,000 that are parked wake the object only when one is due, and take no place meanwhile", {
  timeout: 120_000,
}, async () => {
  const tenant = "parked-many";
  const stub = operationsOf(tenant);
  const count = async (status: string) => {
    const { operations } = await operationsOf(tenant).stats();
    return operations.find((one) => one.status === status)?.count ?? 0;
  };
  const parked = async () => {
    const levels = Object.values(await operationsOf(tenant).kindLevels());
    return levels.reduce((sum, level) => sum + (level.parked ?? 0), 0);
  };
  // One in a hundred wakes within the hour, every six minutes; the others sleep for two.
  let made = 0;
  const until = Date.now() + 2 * hour;
  const dues = Array.from({ length: 10 }, (_, n) => Date.now() + (n + 1) * 6 * minute - minute);
  perform(async (op) => {
    const n = made++;
    await op.sleep("long", new Date(n % 100 === 0 ? (dues[n / 100] ?? until) : until));
    return n;
  });
  for (let n = 0; n < 1_000; n += 50) {
    await Promise.all(Array.from({ length: 50 }, () => start(tenant)));
  }
  await eventually(async () => expect(await parked()).toBe(1_000));
  expect((await stub.stats()).attempts).toBe(0);
  // What a new life of the object has of them, it has on disk.
  await abortAllDurableObjects();
  await runDurableObjectAlarm(operationsOf(tenant));

  const end = Date.now() + hour;
  const wakes: number[] = [];
  for (;;) {
    const alarm = await runInDurableObject(operationsOf(tenant), (_, { storage }) =>
      storage.getAlarm(),
    );
    if (alarm === null || alarm > end) break;
    if (alarm > Date.now()) vi.setSystemTime(alarm);
    wakes.push(alarm);
    const before = await count("succeeded");
    await runDurableObjectAlarm(operationsOf(tenant));
    if (dues.includes(alarm)) {
      await eventually(async () => expect(await count("succeeded")).toBe(before + 1));
    }
  }
  expect(await count("succeeded")).toBe(10);
  expect(await parked()).toBe(990);
  // Each that is due may have one more alarm, its attempt's heartbeat.
  expect(wakes.length).toBeLessThanOrEqual(20);
});
