import { abortAllDurableObjects, runInDurableObject } from "cloudflare:test";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { maxSteps, maxStepsSize } from "../../../src/core/operation/step.ts";
import { type OperationContext, OperationFailure } from "../../../src/kinds/kind.ts";
import { eventually } from "../../eventually.ts";
import { operationsOf } from "../commands.ts";
import { becomes, perform, read, start } from "../performing.ts";

const again = { maxAttempts: 3, initialInterval: 1, backoffCoefficient: 1, maximumInterval: 1 };

/** Calls of steps, by name. */
let calls: string[] = [];

/** called is a step that says that it was called. */
const called =
  <T>(name: string, value: T) =>
  () => {
    calls.push(name);
    return value;
  };

/** ends answers how an operation ends. */
async function ends(tenant: string, id: string) {
  await eventually(async () => {
    const { op } = await read(tenant, id);
    expect(["succeeded", "failed", "canceled"]).toContain(op.status);
  });
  const { op, result } = await read(tenant, id);
  return { status: op.status, code: op.error?.code, attempt: op.attempt, result };
}

const stored = (tenant: string) =>
  runInDurableObject(operationsOf(tenant), (_, { storage }) =>
    storage.sql.exec<{ name: string }>("SELECT name FROM steps ORDER BY id, seq").toArray(),
  ).then((rows) => rows.map(({ name }) => name));

beforeEach(() => {
  calls = [];
  vi.spyOn(console, "warn").mockImplementation(() => {});
  vi.spyOn(console, "error").mockImplementation(() => {});
});

afterEach(() => {
  vi.restoreAllMocks();
});

describe("op.step", () => {
  it("resolves with what it returned, as JSON gives it back, and is stored by then", async () => {
    const tenant = "step-once";
    let before: string[] = [];
    perform(async (op) => {
      const value = await op.step("a", () => ({ at: new Date(0), none: undefined }));
      before = await stored(tenant);
      return [value, (await op.step("b", () => undefined)) === undefined];
    });
    const id = await start(tenant);
    expect((await ends(tenant, id)).result).toBe('[{"at":"1970-01-01T00:00:00.000Z"},true]');
    expect(before).toEqual(["a"]);
  });

  it("is not run again in a later attempt, whatever it gave", async () => {
    const tenant = "step-again";
    const keys: string[] = [];
    perform(async (op) => {
      const a = await op.step("a", called("a", { a: 1 }));
      const [b, c] = await Promise.all([
        op.step("b", called("b", null)),
        op.step("c", ({ idempotencyKey }) => {
          keys.push(idempotencyKey);
          if (op.attempt === 1) throw new OperationFailure("busy", "Not now");
          return 3;
        }),
      ]);
      return [a, b, c];
    });
    const id = await start(tenant, { retry: again });
    expect(await ends(tenant, id)).toMatchObject({ attempt: 2, result: '[{"a":1},null,3]' });
    expect(calls).toEqual(["a", "b"]);
    expect(keys).toEqual([`${id}/c`, `${id}/c`]);
  });

  it("is not run again after a restart of the object", async () => {
    const tenant = "step-restart";
    perform(async (op) => {
      const a = await op.step("a", called("a", 1));
      if (op.attempt === 1) await new Promise(() => {});
      return a + (await op.step("b", called("b", 2)));
    });
    const id = await start(tenant, { retry: again });
    await eventually(async () => expect(await stored(tenant)).toContain("a"));
    await abortAllDurableObjects();
    expect(await ends(tenant, id)).toMatchObject({ attempt: 2, result: "3" });
    expect(calls).toEqual(["a", "b"]);
  });

  it("that has failed rejects alike after an interruption, and is run again by the operation's retry", async () => {
    const tenant = "step-failed";
    const caught: unknown[] = [];
    perform(async (op) => {
      try {
        await op.step("a", () => {
          calls.push(`a${op.attempt}`);
          throw new OperationFailure("gone", "Not there", { details: { x: 1 } });
        });
      } catch (error) {
        const { code, message, details } = error as OperationFailure;
        caught.push([error instanceof OperationFailure, code, message, details]);
      }
      if (op.attempt === 1) await new Promise(() => {});
      if (op.attempt === 2) throw new OperationFailure("try", "Again");
      return "done";
    });
    const id = await start(tenant, { retry: again });
    await eventually(async () => expect(await stored(tenant)).toContain("a"));
    await abortAllDurableObjects();
    expect(await ends(tenant, id)).toMatchObject({ attempt: 3, result: '"done"' });
    expect(calls).toEqual(["a1", "a3"]);
    const alike = [true, "gone", "Not there", { x: 1 }];
    expect(caught).toEqual([alike, alike, alike]);
  });

  it("what nobody expected is an error of its name, and internal for clients", async () => {
    const tenant = "step-panic";
    perform((op) =>
      op.step("a", () => {
        throw new RangeError("secret");
      }),
    );
    const id = await start(tenant);
    expect(await ends(tenant, id)).toMatchObject({ status: "failed", code: "internal" });
    expect((await read(tenant, id)).op.error?.message).not.toContain("secret");
  });

  it("that takes longer than its timeout fails, and its signal aborts", async () => {
    const tenant = "step-timeout";
    const aborted = Promise.withResolvers<void>();
    perform((op) =>
      op.step(
        "a",
        ({ signal }) =>
          new Promise(() => signal.addEventListener("abort", () => aborted.resolve())),
        {
          timeout: "20ms",
        },
      ),
    );
    const id = await start(tenant);
    expect(await ends(tenant, id)).toMatchObject({ status: "failed", code: "step_timeout" });
    await aborted.promise;
  });

  it.each<[string, () => unknown]>([
    ["step_not_json", () => 1n],
    ["step_not_json", () => new Response("x")],
    ["step_not_json", () => () => 1],
    ["step_too_large", () => "x".repeat(1024 * 1024)],
  ])("ends the operation as %s where that is what it returns", async (code, run) => {
    const tenant = `step-${code}-${String(run).length}`;
    perform(async (op) => {
      await op.step("a", run);
    });
    const id = await start(tenant, { retry: again });
    expect(await ends(tenant, id)).toMatchObject({ status: "failed", code, attempt: 1 });
  });

  it("a name used twice ends the operation, whatever the code does, and runs nothing", async () => {
    const tenant = "step-twice";
    perform(async (op) => {
      await op.step("a", called("a", 1));
      await op.step("a", called("again", 1)).catch(() => {});
      await op.step("b", called("b", 1));
    });
    const id = await start(tenant, { retry: again });
    expect(await ends(tenant, id)).toMatchObject({ code: "duplicate_step", attempt: 1 });
    expect(calls).toEqual(["a"]);
  });

  it("an operation has at most 1,000 steps, and at most 10 MiB of them", async () => {
    const [many, large] = ["step-many", "step-large"];
    perform(async (op) => {
      for (let n = 0; n <= maxSteps; n += 50) {
        const names = Array.from({ length: 50 }, (_, index) => `${n + index}`);
        await Promise.all(names.map((name) => op.step(name, () => name)));
      }
    });
    expect(await ends(many, await start(many))).toMatchObject({ code: "too_many_steps" });
    expect(await stored(many)).toHaveLength(maxSteps);
    perform(async (op) => {
      const text = "x".repeat(1024 * 1024 - 100);
      for (let n = 0; n < 12; n++) await op.step(`${n}`, () => text);
    });
    expect(await ends(large, await start(large))).toMatchObject({ code: "steps_too_large" });
    expect(await stored(large)).toHaveLength(10);
  });

  it("what failed steps say counts among the 10 MiB", async () => {
    const tenant = "step-details";
    const rest = 10_000;
    perform(async (op) => {
      await op.step("a", () => 1);
      await runInDurableObject(operationsOf(tenant), (_, { storage }) =>
        storage.sql.exec("UPDATE steps SET size = ?", maxStepsSize - rest),
      );
      const fails = (details: string) => () => {
        throw new OperationFailure("broken", "Not now", { details });
      };
      await op.step("b", fails("x".repeat(rest / 2))).catch(() => {});
      await op.step("c", fails("x".repeat(rest / 2))).catch(() => {});
    });
    expect(await ends(tenant, await start(tenant))).toMatchObject({ code: "steps_too_large" });
    expect(await stored(tenant)).toEqual(["a", "b"]);
  });

  it("its rows go with the operation", async () => {
    const tenant = "step-removed";
    perform((op) => op.step("a", () => 1));
    const id = await start(tenant);
    await ends(tenant, id);
    expect(await stored(tenant)).toEqual(["a"]);
    await operationsOf(tenant).remove(id);
    expect(await stored(tenant)).toEqual([]);
  });

  it("does not begin in a branch of an attempt that another branch has ended", async () => {
    const tenant = "step-left";
    const did: string[] = [];
    const step = (op: OperationContext, name: string) =>
      op.step(name, () => {
        did.push(name);
      });
    perform((op) => Promise.all([step(op, "a"), step(op, "a"), step(op, "b")]));
    const ended = await becomes(tenant, await start(tenant), "failed");
    expect([ended.error?.code, did]).toEqual(["duplicate_step", []]);
  });

  it("has its timer cleared once it is over, and set to no more than a timer takes", async () => {
    const tenant = "step-timer";
    const set = vi.spyOn(globalThis, "setTimeout");
    const cleared = vi.spyOn(globalThis, "clearTimeout");
    perform((op) => op.step("a", () => scheduler.wait(20), { timeout: "720h" }));
    await becomes(tenant, await start(tenant), "succeeded");
    const at = set.mock.calls.findIndex(([, delay]) => delay === 2 ** 31 - 1);
    expect(at).toBeGreaterThanOrEqual(0);
    expect(cleared).toHaveBeenCalledWith(set.mock.results[at]?.value);
  });

  it("of an attempt that is over stores nothing", async () => {
    const tenant = "step-over";
    perform(() => 1);
    const id = await start(tenant);
    await ends(tenant, id);
    const record = { name: "a", type: "step", attempt: 1, startedAt: 0, endedAt: 1 } as const;
    const over = { type: "stopped", reason: "over" };
    expect(await operationsOf(tenant).step(id, 1, record)).toEqual(over);
    expect(await operationsOf(tenant).step(id, 2, record)).toEqual(over);
    expect(await stored(tenant)).toEqual([]);
  });

  it("of a canceled operation is stored, and no other begins", async () => {
    const tenant = "step-canceled";
    let isCanceled = false;
    perform(async (op) => {
      await op.step("a", async () => {
        calls.push("a");
        while (!isCanceled) await scheduler.wait(5);
      });
      await op.step("b", called("b", 1));
    });
    const id = await start(tenant);
    await eventually(() => expect(calls).toEqual(["a"]));
    await operationsOf(tenant).cancel(id);
    isCanceled = true;
    await becomes(tenant, id, "canceled");
    expect([await stored(tenant), calls]).toEqual([["a"], ["a"]]);
  });
});
