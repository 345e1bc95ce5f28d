import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Attempts } from "../../../src/object/attempts/attempts.ts";
import { StepStore } from "../../../src/object/storage/step-store.ts";
import { command, operationsOf } from "../commands.ts";
import { becomes, perform, start } from "../performing.ts";

const size = 7 * 1024 * 1024;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"] });
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

describe("attempts that begin again together", () => {
  it.each(["at their time", "in a queue", "as reruns that keep steps", "to undo them"])(
    "read no more of their steps in one event than memory should hold, %s",
    async (how) => {
      const tenant = `together-${how.length}`;
      const isUndone = how === "to undo them";
      let isUndoing = false;
      perform(async () => {
        while (isUndone && !isUndoing) await scheduler.wait(50);
        return "done";
      });
      const stub = operationsOf(tenant);
      const isQueued = how === "in a queue";
      if (isQueued) await stub.setPaused("echo", true);
      const more = isUndone ? { deadline: 60_000 } : isQueued ? {} : { startAfter: 60_000 };
      let ids = await Promise.all(Array.from({ length: 8 }, () => start(tenant, more)));
      await runInDurableObject(stub, (_, { storage: { sql } }) => {
        for (const id of ids) {
          for (let n = 0; n < 7; n++) {
            const doc = JSON.stringify({
              name: `${n}`,
              type: "step",
              attempt: 1,
              startedAt: 1,
              endedAt: 1,
              ...(isUndone && { undo: { state: "due" } }),
            });
            const value = JSON.stringify("x".repeat(size / 7 - 2));
            sql.exec(
              "INSERT INTO steps (id, name, seq, size, doc, value) VALUES (?, ?, ?, ?, ?, ?)",
              ...[id, `${n}`, n, size, doc, value],
            );
          }
        }
      });
      // What each group of writes has read, in characters.
      const read = [0];
      const { of } = StepStore.prototype;
      vi.spyOn(StepStore.prototype, "of").mockImplementation(function (this: StepStore, id) {
        const steps = of.call(this, id);
        const sum = steps.reduce((all, { value = "" }) => all + value.length, 0);
        read.push((read.pop() ?? 0) + sum);
        return steps;
      });
      const { groupEnded } = Attempts.prototype;
      vi.spyOn(Attempts.prototype, "groupEnded").mockImplementation(function (this: Attempts) {
        groupEnded.call(this);
        read.push(0);
      });
      if (how.startsWith("as")) {
        for (const id of ids) await stub.cancel(id);
        const reruns = ids.map((id) => stub.createKept(command(), id));
        ids = (await Promise.all(reruns)).map((made) => (made.error ? "" : made.op.id));
      } else if (isQueued) await stub.setPaused("echo", false);
      else {
        vi.setSystemTime(Date.now() + 60_000);
        await runDurableObjectAlarm(stub);
        isUndoing = true;
      }
      for (const id of ids) await becomes(tenant, id, isUndone ? "failed" : "succeeded");
      expect(read.reduce((all, some) => all + some)).toBe(8 * size);
      expect(Math.max(...read)).toBe(3 * size);
    },
  );
});
