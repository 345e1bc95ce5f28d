import { runInDurableObject } from "cloudflare:test";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { again, InheritedPauses, patience } from "../../src/object/schedule/inherited-pauses.ts";
import { PausedKinds } from "../../src/object/schedule/paused-kinds.ts";
import { migrate } from "../../src/object/storage/migrations.ts";
import { Savepoints } from "../../src/object/storage/savepoints.ts";
import { eventually } from "../eventually.ts";
import { operationsOf } from "./commands.ts";

/** Lives are those of one object, which holds no operation until it is said. */
interface Lives {
  readonly first: ReturnType<typeof vi.fn<() => Promise<readonly string[]>>>;
  readonly failed: ReturnType<typeof vi.fn<(thrown: unknown) => void>>;
  readonly state: { isNew: boolean };
  begin(): { readonly paused: PausedKinds; readonly inherited: InheritedPauses };
}

async function inObject(name: string, test: (lives: Lives) => Promise<void>): Promise<void> {
  await runInDurableObject(operationsOf(name), async (_, { storage }) => {
    migrate(storage.sql);
    const first = vi.fn<() => Promise<readonly string[]>>();
    const failed = vi.fn<(thrown: unknown) => void>();
    const state = { isNew: true };
    const begin = () => {
      const savepoints = new Savepoints((write) => storage.transactionSync(write));
      const paused = new PausedKinds(storage.sql, savepoints, failed);
      const inherited = new InheritedPauses({
        paused,
        isNew: () => state.isNew,
        first,
        join: async (write) => savepoints.run(write),
        failed,
      });
      return { paused, inherited };
    };
    await test({ first, failed, state, begin });
  });
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date", "setTimeout", "clearTimeout"] });
});

afterEach(() => {
  vi.useRealTimers();
});

describe("InheritedPauses", () => {
  it("are asked for once, however many wait", () =>
    inObject("once", async ({ first, begin }) => {
      first.mockResolvedValue(["echo"]);
      const { paused, inherited } = begin();
      const waits = [inherited.learn(), inherited.learn()];
      expect(waits.every((wait) => wait !== undefined)).toBe(true);
      await Promise.all(waits);
      expect([...paused.all]).toEqual(["echo"]);
      expect(inherited.learn()).toBeUndefined();
      expect(first).toHaveBeenCalledTimes(1);
    }));

  it("do not undo what is said while they are asked for", () =>
    inObject("said", async ({ first, begin }) => {
      const answer = Promise.withResolvers<readonly string[]>();
      first.mockReturnValue(answer.promise);
      const { paused, inherited } = begin();
      const learned = inherited.learn();
      paused.set("echo", false);
      answer.resolve(["echo", "simulate"]);
      await learned;
      expect([...paused.all]).toEqual(["simulate"]);
    }));

  it("hold up nothing for longer than they are waited for, and are taken when they come", () =>
    inObject("late", async ({ first, failed, state, begin }) => {
      const answer = Promise.withResolvers<readonly string[]>();
      first.mockReturnValue(answer.promise);
      const { paused, inherited } = begin();
      let isOver = false;
      const learned = inherited.learn()?.then(() => {
        isOver = true;
      });
      await vi.advanceTimersByTimeAsync(patience - 1);
      expect(isOver).toBe(false);
      await vi.advanceTimersByTimeAsync(1);
      await learned;
      expect(failed).toHaveBeenCalledTimes(1);
      state.isNew = false;
      expect(inherited.learn()).toBeUndefined();
      answer.resolve(["echo"]);
      await eventually(() => expect([...paused.all]).toEqual(["echo"]));
      expect(paused.isOwed).toBe(false);
    }));

  it.each([true, false])(
    "are asked for again later where they could not be (in another life: %s), and hold up nothing",
    (isOther) =>
      inObject(`again-${isOther}`, async ({ first, failed, state, begin }) => {
        first.mockRejectedValueOnce(new Error("not now"));
        const before = begin();
        await before.inherited.learn();
        await eventually(() => expect(before.paused.isOwed).toBe(true));
        expect(failed).toHaveBeenCalledTimes(1);
        state.isNew = false;
        first.mockResolvedValue(["echo"]);
        const { paused, inherited } = isOther ? begin() : before;
        if (!isOther) {
          expect(inherited.learn()).toBeUndefined();
          expect(first).toHaveBeenCalledTimes(1);
          vi.setSystemTime(Date.now() + again);
        }
        expect(inherited.learn()).toBeUndefined();
        expect(first).toHaveBeenCalledTimes(2);
        await eventually(() => expect([...paused.all]).toEqual(["echo"]));
        expect(paused.isOwed).toBe(false);
        inherited.learn();
        begin().inherited.learn();
        expect(first).toHaveBeenCalledTimes(2);
      }),
  );
});
