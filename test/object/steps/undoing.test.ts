import { abortAllDurableObjects, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { maxStepValue, type Undo as Stored } from "../../../src/core/operation/step.ts";
import { echo } from "../../../src/kinds/echo.ts";
import { type OperationContext, OperationFailure } from "../../../src/kinds/kind.ts";
import { KindTable } from "../../../src/kinds/kind-table.ts";
import type { StepOptions, Undo } from "../../../src/kinds/steps.ts";
import type { OperationsObject } from "../../../src/object/operations-object.ts";
import { eventually } from "../../eventually.ts";
import { operationsOf } from "../commands.ts";
import { becomes, perform, read, start } from "../performing.ts";

/** What the code did, in order. */
let did: string[] = [];

/** made takes a step that returns its name and says when it is undone. */
function made(op: OperationContext, name: string, more: StepOptions<string> = {}) {
  const run = () => {
    did.push(name);
    return name;
  };
  const compensate = ({ value }: Undo<string>) => {
    did.push(`undo ${value}`);
  };
  return op.step(name, run, { compensate, ...more });
}

/** never waits as code does that waits for something; the runtime ends what waits for nothing. */
async function never(): Promise<never> {
  for (;;) await scheduler.wait(50);
}

const failure = () => new OperationFailure("broken", "It broke", { retryable: false });

/** within sets the `compensateWithin` of the kind, until the test is over. */
function within(milliseconds: number | undefined): void {
  (echo as { compensateWithin: number | undefined }).compensateWithin = milliseconds;
}

/** undone answers what is stored of the undoing of each step. */
async function undone(tenant: string): Promise<Record<string, string | undefined>> {
  const stored = await undos(tenant);
  return Object.fromEntries(
    stored.map(([name, undo]) => [
      name,
      undo?.error ? `${undo.state} ${undo.error.code}` : undo?.state,
    ]),
  );
}

function undos(tenant: string): Promise<[string, Stored | undefined][]> {
  return runInDurableObject(operationsOf(tenant), (_: OperationsObject, { storage }) =>
    storage.sql
      .exec<{ doc: string }>("SELECT doc FROM steps ORDER BY id, seq")
      .toArray()
      .map(({ doc }) => JSON.parse(doc))
      .map(({ name, undo }): [string, Stored | undefined] => [name, undo]),
  );
}

async function later(tenant: string, milliseconds: number): Promise<void> {
  vi.setSystemTime(Date.now() + milliseconds);
  await runDurableObjectAlarm(operationsOf(tenant));
}

const reaches = (what: string) => eventually(() => expect(did).toContain(what));

beforeEach(() => {
  did = [];
  vi.spyOn(console, "log").mockImplementation(() => {});
  vi.spyOn(console, "warn").mockImplementation(() => {});
  vi.spyOn(console, "error").mockImplementation(() => {});
});

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  within(undefined);
});

describe("compensate", () => {
  const names = ["a", "b", "c"];
  const cases = ["failed", "canceled", "deadline_exceeded"].flatMap((how) =>
    [0, 1, 2, 3].map((done) => [how, done] as const),
  );

  it.each(cases)(
    "undoes what is done, newest first, where it is %s after %i steps",
    async (how, done) => {
      const tenant = `undo-${how}-${done}`;
      perform(async (op) => {
        for (const name of names.slice(0, done)) await made(op, name);
        did.push("end");
        if (how === "failed") throw failure();
        if (how === "canceled") {
          await new Promise((_, reject) => {
            op.signal.addEventListener("abort", () => reject(op.signal.reason));
          });
        }
        await never();
      });
      const id = await start(tenant);
      await reaches("end");
      if (how === "canceled") await operationsOf(tenant).cancel(id);
      if (how === "deadline_exceeded") await later(tenant, 3_600_000);
      const ended = await becomes(tenant, id, how === "canceled" ? "canceled" : "failed");
      expect(ended.error?.code).toBe(how === "failed" ? "broken" : how);
      const forth = names.slice(0, done);
      const back = forth.toReversed().map((name) => `undo ${name}`);
      expect(did.filter((what) => what !== "end")).toEqual([...forth, ...back]);
      expect(await undone(tenant)).toEqual(
        Object.fromEntries(forth.map((name) => [name, "undone"])),
      );
      expect(ended).not.toHaveProperty("compensation");
      expect(ended).not.toHaveProperty("statusMessage");
    },
  );

  it("is told what the step returned, why, and a key of its own; the operation runs until then", async () => {
    const tenant = "undo-told";
    const told: Partial<Undo>[] = [];
    const goOn = Promise.withResolvers<void>();
    perform(async (op) => {
      await op.step("a", () => ({ n: 1 }), {
        compensate: async ({ signal, ...undo }) => {
          told.push({ ...undo, signal: undefined as never });
          expect(signal.aborted).toBe(false);
          await goOn.promise;
        },
      });
      throw failure();
    });
    const id = await start(tenant);
    await eventually(() => expect(told).toHaveLength(1));
    const { op: known } = await read(tenant, id);
    expect(known).toMatchObject({
      status: "running",
      attempt: 2,
      statusMessage: "Undoing its steps: It broke",
      compensation: { status: "failed", error: { code: "broken", message: "It broke" } },
    });
    expect(known.deadlineAt - known.updatedAt).toBe(300_000);
    goOn.resolve();
    await becomes(tenant, id, "failed");
    const reason = { code: "broken", message: "It broke" };
    const keys = { idempotencyKey: `${id}/a/undo`, stepKey: `${id}/a` };
    expect(told).toEqual([{ value: { n: 1 }, reason, ...keys, signal: undefined }]);
  });

  it("comes to what is parked and canceled; a second cancel changes nothing", async () => {
    const tenant = "undo-parked";
    const goOn = Promise.withResolvers<void>();
    perform(async (op) => {
      await made(op, "a", {
        compensate: async () => {
          did.push("undo a");
          await goOn.promise;
        },
      });
      await op.sleep("night", "8h");
      await made(op, "b");
    });
    const id = await start(tenant);
    await becomes(tenant, id, "pending");
    const reply = await operationsOf(tenant).cancel(id);
    expect(reply.error ?? reply.op).toMatchObject({ status: "running", attempt: 2 });
    expect(reply.error ?? reply.op.cancelRequestedAt).toBeTypeOf("number");
    await reaches("undo a");
    const before = await read(tenant, id);
    await operationsOf(tenant).cancel(id);
    expect(await read(tenant, id)).toEqual(before);
    goOn.resolve();
    expect((await becomes(tenant, id, "canceled")).error?.code).toBe("canceled");
    expect(did).toEqual(["a", "undo a"]);
  });

  it("waits for a step of the work that is caught, retried, or comes by answers and sleeps", async () => {
    const tenant = "undo-way";
    perform(async (op) => {
      await made(op, "a");
      const on = await op.ask({
        "~standard": { version: 1, vendor: "t", validate: (value: unknown) => ({ value }) },
      } as never);
      await op.sleep("moment", 1);
      await op
        .step("b", () => {
          throw new OperationFailure("no", "No");
        })
        .catch(() => {});
      await made(op, `c${on}`);
      if (op.attempt === 1) throw new OperationFailure("again", "Again");
      throw failure();
    });
    const retry = { maxAttempts: 2, initialInterval: 1, backoffCoefficient: 1, maximumInterval: 1 };
    const id = await start(tenant, { retry });
    await becomes(tenant, id, "input_required");
    await operationsOf(tenant).answer(id, 0, "7");
    expect((await becomes(tenant, id, "failed")).error?.code).toBe("broken");
    expect(did).toEqual(["a", "c7", "undo c7", "undo a"]);
  });

  it("that throws, or takes longer than the step may, is recorded and logged, and the others still run", async () => {
    const tenant = "undo-throws";
    perform(async (op) => {
      await made(op, "a");
      await made(op, "b", {
        compensate: () => {
          did.push("undo b");
          throw new RangeError("secret");
        },
      });
      await made(op, "c", { timeout: "20ms", compensate: never });
      throw failure();
    });
    const id = await start(tenant);
    expect((await becomes(tenant, id, "failed")).error?.code).toBe("broken");
    expect(did).toEqual(["a", "b", "c", "undo b", "undo a"]);
    const expected = { a: "undone", b: "not_undone internal", c: "not_undone step_timeout" };
    expect(await undone(tenant)).toEqual(expected);
    const reply = await operationsOf(tenant).readAttempts(id);
    const attempts = reply.error ? [] : reply.attempts;
    expect(attempts.map(({ outcome, isUndoing }) => [outcome, isUndoing])).toEqual([
      ["failed", undefined],
      ["compensated", true],
    ]);
    expect(attempts.at(-1)?.log.map(({ message }) => message)).toEqual([
      "step not undone",
      "step not undone",
    ]);
  });

  it("has as long as compensateWithin; then the operation ends as it was to", async () => {
    const tenant = "undo-late";
    within(60_000);
    perform(async (op) => {
      await made(op, "a");
      await made(op, "b", {
        compensate: async () => {
          did.push("undo b");
          await never();
        },
      });
      await made(op, "c");
      throw failure();
    });
    const id = await start(tenant);
    await reaches("undo b");
    await later(tenant, 61_000);
    expect((await becomes(tenant, id, "failed")).error?.code).toBe("broken");
    const late = "not_undone compensation_timeout";
    expect(await undone(tenant)).toEqual({ a: late, b: late, c: "undone" });
    expect(did).toEqual(["a", "b", "c", "undo c", "undo b"]);
  });

  it("is not called by a forced cancel, which says so", async () => {
    const tenant = "undo-forced";
    perform(async (op) => {
      await made(op, "a");
      await made(op, "b");
      await op.step("c", () => 1);
      did.push("end");
      await never();
    });
    const id = await start(tenant);
    await reaches("end");
    await operationsOf(tenant).cancel(id, undefined, true);
    const { error } = await becomes(tenant, id, "canceled");
    expect(error?.message).toBe(
      "Canceled by force, without waiting for its work, and 2 steps that were done are not undone",
    );
    expect(await undone(tenant)).toEqual({
      a: "not_undone canceled",
      b: "not_undone canceled",
      c: undefined,
    });
    expect(did).toEqual(["a", "b", "end"]);
  });

  it("is cut off by a forced cancel, which says so", async () => {
    const tenant = "undo-forced-later";
    perform(async (op) => {
      await made(op, "a");
      await made(op, "b", {
        compensate: async () => {
          did.push("undo b");
          await never();
        },
      });
      throw failure();
    });
    const id = await start(tenant);
    await reaches("undo b");
    await operationsOf(tenant).cancel(id, undefined, true);
    const { error } = await becomes(tenant, id, "canceled");
    expect(error?.message).toContain("the remaining steps are not undone");
    const forced = "not_undone canceled";
    expect(await undone(tenant)).toEqual({ a: forced, b: forced });
  });

  it("is called again where its end was not stored, and never where it was", async () => {
    const tenant = "undo-lost";
    perform(async (op) => {
      await made(op, "a");
      await made(op, "b", {
        compensate: async () => {
          did.push("undo b");
          if (did.filter((what) => what === "undo b").length === 1) await never();
        },
      });
      await made(op, "c");
      throw failure();
    });
    const id = await start(tenant, { interruptions: { limit: 3, delay: 1 } });
    await reaches("undo b");
    await abortAllDurableObjects();
    const ended = await becomes(tenant, id, "failed");
    expect(ended).toMatchObject({
      attempt: 3,
      error: { code: "broken" },
      interruptions: { limit: 3 },
    });
    expect(did).toEqual(["a", "b", "c", "undo c", "undo b", "undo b", "undo a"]);
    expect(await undone(tenant)).toEqual({ a: "undone", b: "undone", c: "undone" });
  });

  it("ends with what is not undone where attempts are lost too often", async () => {
    const tenant = "undo-lost-often";
    perform(async (op) => {
      await made(op, "a", {
        compensate: async () => {
          did.push("undo a");
          await never();
        },
      });
      throw failure();
    });
    const id = await start(tenant, { interruptions: { limit: 1, delay: 1 } });
    for (const times of [1, 2]) {
      await eventually(async () => {
        await read(tenant, id);
        expect(did.filter((what) => what === "undo a")).toHaveLength(times);
      });
      await abortAllDurableObjects();
    }
    expect((await becomes(tenant, id, "failed")).error?.code).toBe("broken");
    expect(await undone(tenant)).toEqual({ a: "not_undone interrupted" });
  });

  it("waits for another attempt where the code throws before it comes by it, and that passes", async () => {
    const tenant = "undo-passing";
    const interruptions = { limit: 3, delay: 1 };
    let troubles = 0;
    perform(async (op) => {
      await made(op, "a");
      if (did.includes("end") && ++troubles < 3) {
        throw troubles === 1 ? new TypeError("Network lost") : new OperationFailure("busy", "Busy");
      }
      await made(op, "b");
      did.push("end");
      throw failure();
    });
    const id = await start(tenant, { interruptions });
    expect(await becomes(tenant, id, "failed")).toMatchObject({
      attempt: 4,
      error: { code: "broken" },
    });
    expect(did.filter((what) => what !== "end")).toEqual(["a", "b", "undo b", "undo a"]);
    expect(await undone(tenant)).toEqual({ a: "undone", b: "undone" });
    const reply = await operationsOf(tenant).readAttempts(id);
    const [, panicked, busy] = reply.error ? [] : reply.attempts;
    const before = 'before it reached steps that are to be undone: "b"';
    expect(panicked?.error?.message).toBe(
      `The code threw internal (The work threw an unexpected exception) ${before}`,
    );
    expect(panicked?.log.map(({ message }) => message)).toEqual(["panic in the work"]);
    expect(busy?.error?.message).toBe(`The code threw busy (Busy) ${before}`);
    expect(busy?.log.map(({ message }) => message)).toEqual(["steps not undone"]);
  });

  it("is left with what the code throws each time before it comes by it; what it does come by is undone", async () => {
    const tenant = "undo-broken";
    perform(async (op) => {
      await made(op, "a");
      if (did.includes("end")) throw new OperationFailure("gone", "It is gone");
      await made(op, "b");
      did.push("end");
      throw failure();
    });
    const id = await start(tenant, { interruptions: { limit: 1, delay: 1 } });
    expect((await becomes(tenant, id, "failed")).error?.code).toBe("broken");
    expect(did).toEqual(["a", "b", "end", "undo a"]);
    expect(await undone(tenant)).toEqual({ a: "undone", b: "not_undone gone" });
  });

  it("that the code does not come by any more is recorded as steps_diverged, the others run", async () => {
    const tenant = "undo-diverged";
    within(2_000);
    let isNew = false;
    perform(async (op) => {
      await made(op, "a");
      await made(op, isNew ? "b, renamed" : "b");
      did.push("end");
      await never();
    });
    const id = await start(tenant);
    await reaches("end");
    isNew = true;
    await later(tenant, 3_600_000);
    await becomes(tenant, id, "failed");
    expect(did).toEqual(["a", "b", "end", "undo a"]);
    expect(await undone(tenant)).toEqual({ a: "undone", b: "not_undone steps_diverged" });
  });

  it("goes on while the kind is paused", async () => {
    const tenant = "undo-paused";
    perform(async (op) => {
      await made(op, "a");
      await op.sleep("night", "8h");
    });
    const id = await start(tenant);
    await becomes(tenant, id, "pending");
    await operationsOf(tenant).setPaused("echo", true);
    await operationsOf(tenant).cancel(id);
    await becomes(tenant, id, "canceled");
    expect(did).toEqual(["a", "undo a"]);
  });

  it("waits for a version of the code that has the kind, as long as compensateWithin", async () => {
    for (const [tenant, missing] of [
      ["undo-missing", 2],
      ["undo-missing-long", 5],
    ] as const) {
      did = [];
      perform(async (op) => {
        await made(op, "a");
        await op.sleep("night", "8h");
      });
      const id = await start(tenant);
      await becomes(tenant, id, "pending");
      const found = vi.spyOn(KindTable.prototype, "findWork").mockReturnValue(undefined);
      await operationsOf(tenant).cancel(id);
      for (let minute = 0; minute < missing; minute++) {
        expect((await read(tenant, id)).op).toMatchObject({ status: "running", attempt: 1 });
        await later(tenant, 60_001);
      }
      found.mockRestore();
      await abortAllDurableObjects();
      await becomes(tenant, id, "canceled");
      const isInTime = missing < 5;
      expect(did).toEqual(isInTime ? ["a", "undo a"] : ["a"]);
      const a = isInTime ? "undone" : "not_undone compensation_timeout";
      expect(await undone(tenant)).toEqual({ a });
    }
  });

  it("undoes what is stored as over by a clock that is ahead", async () => {
    const tenant = "undo-ahead";
    within(2_000);
    perform(async (op) => {
      await made(op, "a");
      await op.sleep("night", "8h");
    });
    const id = await start(tenant);
    await becomes(tenant, id, "pending");
    await runInDurableObject(operationsOf(tenant), (_: OperationsObject, { storage }) => {
      const ahead = Date.now() + 60_000;
      storage.sql.exec(
        "UPDATE steps SET doc = json_set(doc, '$.endedAt', ?) WHERE name = 'a'",
        ahead,
      );
    });
    await operationsOf(tenant).cancel(id);
    await becomes(tenant, id, "canceled");
    expect(did).toEqual(["a", "undo a"]);
  });

  it("leaves the output as it is", async () => {
    const tenant = "undo-output";
    perform(async (op) => {
      await op.write("before, ");
      await made(op, "a");
      await op.write("behind");
      throw failure();
    });
    const id = await start(tenant);
    await becomes(tenant, id, "failed");
    expect(did).toEqual(["a", "undo a"]);
    const page = await operationsOf(tenant).readOutput(id, { offset: 0 });
    expect(page.error ?? new TextDecoder().decode(page.bytes)).toBe("before, behind");
  });

  it("has its whole time after a wait for a place, and comes to its turn though the clock goes back", async () => {
    const tenant = "undo-place";
    (echo as { maxConcurrent: number | undefined }).maxConcurrent = 1;
    try {
      const goOn = Promise.withResolvers<void>();
      let isFirst = true;
      perform(async (op) => {
        await made(op, op.id, {
          compensate: async () => {
            did.push("undo");
            if (!isFirst) return;
            isFirst = false;
            await goOn.promise;
          },
        });
        await op.sleep("night", "8h");
      });
      within(3_600_000);
      const first = await start(tenant);
      await becomes(tenant, first, "pending");
      within(60_000);
      const second = await start(tenant);
      await becomes(tenant, second, "pending");
      within(3_600_000);
      await operationsOf(tenant).cancel(first);
      await reaches("undo");
      within(60_000);
      await operationsOf(tenant).cancel(second);
      await later(tenant, 600_000);
      expect((await read(tenant, second)).op).toMatchObject({ status: "running", attempt: 1 });
      vi.setSystemTime(Date.now() - 1_200_000);
      goOn.resolve();
      await becomes(tenant, first, "canceled");
      await later(tenant, 1_800_000);
      await becomes(tenant, second, "canceled");
      expect(did.filter((what) => what === "undo")).toHaveLength(2);
    } finally {
      (echo as { maxConcurrent: number | undefined }).maxConcurrent = undefined;
    }
  });

  it("waits for a place where many are canceled at once", async () => {
    const tenant = "undo-many";
    (echo as { maxConcurrent: number | undefined }).maxConcurrent = 1;
    try {
      let atOnce = 0;
      let most = 0;
      perform(async (op) => {
        await made(op, "a", {
          compensate: async () => {
            most = Math.max(most, ++atOnce);
            await scheduler.wait(5);
            atOnce -= 1;
          },
        });
        await op.sleep("night", "8h");
      });
      const ids: string[] = [];
      for (let n = 0; n < 4; n++) {
        ids.push(await start(tenant));
        await becomes(tenant, ids.at(-1) ?? "", "pending");
      }
      await Promise.all(ids.map((id) => operationsOf(tenant).cancel(id)));
      for (const id of ids) await becomes(tenant, id, "canceled");
      expect(most).toBe(1);
    } finally {
      (echo as { maxConcurrent: number | undefined }).maxConcurrent = undefined;
    }
  });

  it("is not followed by a step of the attempt that missed the deadline", async () => {
    const tenant = "undo-after";
    let isOver = false;
    perform(async (op) => {
      await made(op, "a");
      did.push("waits");
      while (!isOver) await scheduler.wait(5);
      await made(op, "b").catch(() => {});
    });
    const id = await start(tenant);
    await reaches("waits");
    await later(tenant, 3_600_000);
    await becomes(tenant, id, "failed");
    isOver = true;
    await scheduler.wait(100);
    expect(did).toContain("undo a");
    expect(did).not.toContain("b");
  });

  it.each(["failed", "canceled", "refused"])(
    "waits, where it is %s, for a step beside it that is being done",
    async (how) => {
      const tenant = `undo-beside-${how}`;
      const goOn = Promise.withResolvers<void>();
      perform(async (op) => {
        const slow = op.step(
          "slow",
          async () => {
            did.push("begins");
            await goOn.promise;
            did.push("slow");
            return "slow";
          },
          { compensate: ({ value }) => did.push(`undo ${value}`) },
        );
        const night = op.sleep("night", "8h");
        const other = new Promise<never>((_, reject) => {
          op.signal.addEventListener("abort", () => reject(op.signal.reason));
        });
        const bad = op.step("bad", () => {
          if (how === "failed") throw failure();
          return how === "refused" ? "x".repeat(maxStepValue) : "";
        });
        // It is over before the step is.
        setTimeout(goOn.resolve, how === "canceled" ? 1_000 : 300);
        await Promise.all([slow, bad, Promise.race([night, other])]);
      });
      const id = await start(tenant);
      await reaches("begins");
      if (how === "canceled") await operationsOf(tenant).cancel(id);
      await becomes(tenant, id, how === "canceled" ? "canceled" : "failed");
      expect(did).toEqual(["begins", "slow", "undo slow"]);
      expect(await undone(tenant)).toMatchObject({ slow: "undone" });
    },
  );

  it("is for the end alone: work that succeeds undoes nothing, nor does a retry", async () => {
    const tenant = "undo-not";
    perform(async (op) => {
      await made(op, "a");
      if (op.attempt === 1) throw new OperationFailure("again", "Again");
      return 1;
    });
    const retry = { maxAttempts: 2, initialInterval: 1, backoffCoefficient: 1, maximumInterval: 1 };
    const id = await start(tenant, { retry });
    await becomes(tenant, id, "succeeded");
    expect(did).toEqual(["a"]);
    const reply = await operationsOf(tenant).readAttempts(id);
    const steps = reply.error ? [] : reply.attempts.flatMap((attempt) => attempt.steps);
    expect(steps.map(({ name, undo }) => [name, undo])).toEqual([["a", undefined]]);
  });

  it("its rows go with the operation", async () => {
    const tenant = "undo-removed";
    perform(async (op) => {
      await made(op, "a");
      throw failure();
    });
    const id = await start(tenant);
    await becomes(tenant, id, "failed");
    expect(await undos(tenant)).toHaveLength(1);
    await operationsOf(tenant).remove(id);
    expect(await undos(tenant)).toEqual([]);
  });
});
