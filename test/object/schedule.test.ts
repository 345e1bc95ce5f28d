import { describe, expect, it } from "vitest";
import { Queues } from "../../src/object/schedule/queues.ts";
import { Schedule } from "../../src/object/schedule/schedule.ts";
import type { Store } from "../../src/object/storage/store.ts";

/** A schedule of an empty map, and what its alarm was set to. */
function scheduleOf(setAlarm: (time: number) => Promise<void> = async () => {}) {
  const alarms: number[] = [];
  const storage = {
    getAlarm: async () => null,
    setAlarm: (time: number) => {
      alarms.push(time);
      return setAlarm(time);
    },
  } as unknown as DurableObjectStorage;
  const store = { unfinished: () => [], firstExpiry: () => undefined } as unknown as Store;
  const queues = new Queues(() => Number.POSITIVE_INFINITY);
  return { alarms, schedule: new Schedule(storage, store, queues) };
}

describe("Schedule", () => {
  it("retry puts off no earlier alarm that is set", () => {
    const { alarms, schedule } = scheduleOf();
    schedule.arm(1_000, true);
    schedule.retry(1_000);
    expect(alarms).toEqual([11_000]);
  });

  it("retry sets one where there is none, a later one, or one that never came", () => {
    const { alarms, schedule } = scheduleOf();
    schedule.retry(1_000);
    schedule.retry(100_000);
    schedule.fired();
    schedule.arm(200_000, false, 900_000);
    schedule.retry(200_000);
    expect(alarms).toEqual([61_000, 160_000, 900_000, 260_000]);
  });

  it("an alarm that could not be set is set again by the next group", async () => {
    const { alarms, schedule } = scheduleOf(() => Promise.reject(new Error("disk")));
    schedule.arm(1_000, true);
    await Promise.resolve();
    await Promise.resolve();
    schedule.arm(1_001, true);
    expect(alarms).toEqual([11_000, 11_001]);
  });
});
