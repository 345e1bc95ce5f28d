import { abortAllDurableObjects, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import * as z from "zod/mini";
import { OperationFailure } from "../../../src/kinds/kind.ts";
import type { OperationsObject } from "../../../src/object/operations-object.ts";
import { Steps } from "../../../src/object/steps/steps.ts";
import { eventually } from "../../eventually.ts";
import { operationsOf } from "../commands.ts";
import { becomes, perform, read, start } from "../performing.ts";

/** What the code did, in order. */
let did: string[] = [];

const does =
  <T>(name: string, value: T) =>
  () => {
    did.push(name);
    return value;
  };

/** parked waits until an operation is parked, and answers it. */
async function parked(tenant: string, id: string) {
  await eventually(async () => {
    const { op } = await read(tenant, id);
    expect([op.isParked ?? op.status === "pending", op.wait !== undefined]).toEqual([true, true]);
  });
  return (await read(tenant, id)).op;
}

/** later moves the clock on, and has the alarm go off. */
async function later(tenant: string, milliseconds: number): Promise<void> {
  vi.setSystemTime(Date.now() + milliseconds);
  await runDurableObjectAlarm(operationsOf(tenant));
}

const answer = (tenant: string, id: string, index: number, value: unknown) =>
  operationsOf(tenant).answer(id, index, JSON.stringify(value));

const alarmOf = (tenant: string) =>
  runInDurableObject(operationsOf(tenant), (_, { storage }) => storage.getAlarm());

beforeEach(() => {
  did = [];
  vi.spyOn(console, "warn").mockImplementation(() => {});
  vi.spyOn(console, "error").mockImplementation(() => {});
});

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

describe("op.sleep", () => {
  it("of up to five seconds stays in place", async () => {
    const tenant = "sleep-short";
    perform(async (op) => {
      await op.sleep("a moment", "20ms");
      await op.sleep("until then", new Date(0));
      return "awake";
    });
    const id = await start(tenant);
    expect(await becomes(tenant, id, "succeeded")).toMatchObject({ attempt: 1 });
  });

  it("parks: nothing is alive, no heartbeat, and the next attempt goes on after it, not counted", async () => {
    const tenant = "sleep-parks";
    let isCaught = false;
    perform(async (op) => {
      const a = await op.step("a", does("a", 1));
      try {
        await op.sleep("night", "8h");
      } catch {
        isCaught = true;
      } finally {
        did.push("after");
      }
      return a + (await op.step("b", does("b", 2)));
    });
    const id = await start(tenant);
    const asleep = await parked(tenant, id);
    expect(asleep).toMatchObject({ status: "pending", attempt: 1 });
    expect((asleep.startAt ?? 0) - asleep.updatedAt).toBeGreaterThan(7.9 * 3_600_000);
    expect(did).toEqual(["a"]);
    expect((await operationsOf(tenant).stats()).attempts).toBe(0);
    // The heartbeat that was set while it ran, and then no other before the sleep is over.
    await runDurableObjectAlarm(operationsOf(tenant));
    expect(await alarmOf(tenant)).toBe(asleep.startAt);
    await later(tenant, 8 * 3_600_000);
    const ended = await becomes(tenant, id, "succeeded");
    expect([ended.attempt, ended.retry.maxAttempts, isCaught]).toEqual([2, 1, false]);
    expect([did, (await read(tenant, id)).result]).toEqual([["a", "after", "b"], "3"]);
  });

  it("does not park while a step runs, and wakes in place if it is over by then", async () => {
    const tenant = "sleep-beside";
    let isOver = false;
    perform(async (op) => {
      const step = op.step("a", async () => {
        while (!isOver) await scheduler.wait(5);
        return "a";
      });
      return Promise.race([step, op.sleep("night", "8h")]);
    });
    const id = await start(tenant);
    await scheduler.wait(100);
    expect((await read(tenant, id)).op.status).toBe("running");
    isOver = true;
    expect(await becomes(tenant, id, "succeeded")).toMatchObject({ attempt: 1 });
  });

  it("survives a restart of the object, and a cancel ends it at once", async () => {
    const tenant = "sleep-restart";
    perform(async (op) => {
      await op.sleep("night", "8h");
      return "awake";
    });
    const id = await start(tenant);
    const other = await start(tenant);
    await parked(tenant, id);
    await parked(tenant, other);
    await abortAllDurableObjects();
    await operationsOf(tenant).cancel(other);
    await becomes(tenant, other, "canceled");
    await later(tenant, 8 * 3_600_000);
    await becomes(tenant, id, "succeeded");
  });

  it("longer than the deadline does not end the work, and the deadline goes on after it", async () => {
    const tenant = "sleep-deadline";
    perform(async (op) => {
      await op.sleep("night", "8h");
      await op.step("b", async () => {
        while (!op.signal.aborted) await scheduler.wait(5);
      });
    });
    const id = await start(tenant, { deadline: 60_000 });
    await parked(tenant, id);
    await later(tenant, 8 * 3_600_000);
    await becomes(tenant, id, "running");
    await later(tenant, 50_000);
    expect((await read(tenant, id)).op.status).toBe("running");
    await later(tenant, 11_000);
    expect(await becomes(tenant, id, "failed")).toMatchObject({
      error: { code: "deadline_exceeded" },
    });
  });

  it("longer than waitDeadline fails the operation at once", async () => {
    const tenant = "sleep-too-long";
    perform((op) => op.sleep("a year", "8760h"));
    const id = await start(tenant);
    const { error } = await becomes(tenant, id, "failed");
    expect(error?.message).toContain("waitDeadline, 604800 s");
  });
});

describe("op.ask with a name", () => {
  it("parks at once, and goes on with the answer, which is stored as a step", async () => {
    const tenant = "ask-parks";
    perform(async (op) => {
      await op.step("a", does("a", 1));
      const size = await op.ask("size", z.int(), "How many?");
      return [size, await op.ask("color", z.string())];
    });
    const id = await start(tenant);
    const asked = await parked(tenant, id);
    expect(asked.inputRequest).toMatchObject({ message: "How many?", name: "size" });
    await abortAllDurableObjects();
    await answer(tenant, id, 0, "many");
    await eventually(async () => {
      const { inputRequest } = await parked(tenant, id);
      expect(inputRequest?.message).toMatch(/^How many\? \(the previous answer was rejected/);
    });
    await answer(tenant, id, 1, 7);
    await eventually(async () =>
      expect((await parked(tenant, id)).inputRequest?.name).toBe("color"),
    );
    await answer(tenant, id, 2, "red");
    const ended = await becomes(tenant, id, "succeeded");
    expect([ended.attempt, ended.resumed, did]).toEqual([4, 3, ["a"]]);
    expect((await read(tenant, id)).result).toBe('[7,"red"]');
  });

  it("parks though others wait for their turn beside it", async () => {
    const tenant = "ask-beside";
    perform((op) =>
      Promise.all([op.ask("a", z.string()), op.ask("b", z.string()), op.ask("c", z.string())]),
    );
    const id = await start(tenant);
    expect((await parked(tenant, id)).inputRequest?.name).toBe("a");
    for (const [index, name] of ["a", "b", "c"].entries()) {
      // After an answer the code may have gone on, and is given a minute.
      await eventually(async () =>
        expect((await read(tenant, id)).op.inputRequest?.name).toBe(name),
      );
      await answer(tenant, id, index, name.toUpperCase());
    }
    await becomes(tenant, id, "succeeded");
    expect((await read(tenant, id)).result).toBe('["A","B","C"]');
  });

  it("leaves the numbers of questions without a name as they are", async () => {
    const tenant = "ask-mixed";
    perform(async (op) => {
      const first = await op.ask(z.string(), "first");
      const second = await op.ask("second", z.string());
      return [first, second, await op.ask(z.string(), "third")];
    });
    const id = await start(tenant);
    for (const index of [0, 1, 2]) {
      await eventually(async () => {
        const { op } = await read(tenant, id);
        expect([op.status, op.answers?.length ?? 0]).toEqual(["input_required", index]);
      });
      await answer(tenant, id, index, `${index}`);
    }
    await becomes(tenant, id, "succeeded");
    expect((await read(tenant, id)).result).toBe('["0","1","2"]');
  });

  it("races with a sleep: whichever is over first has the code go on, and again alike", async () => {
    const tenant = "ask-race";
    perform(async (op) => {
      const won = await Promise.race([
        op.ask("approval", z.string()),
        op.sleep("patience", "1h").then(() => "nobody"),
      ]);
      await op.step("note", does(`note ${won}`, won));
      await op.sleep("then", "1h");
      return won;
    });
    // The clock is moved on while attempts run.
    const kept = { ttl: 30 * 24 * 3_600_000, deadline: 30 * 24 * 3_600_000 };
    const [late, soon] = [await start(tenant, kept), await start(tenant, kept)];
    await parked(tenant, late);
    await parked(tenant, soon);
    await answer(tenant, soon, 0, "yes");
    await eventually(() => expect(did).toEqual(["note yes"]));
    await later(tenant, 3_600_000);
    await eventually(() => expect(did).toEqual(["note yes", "note nobody"]));
    // An answer that comes after the sleep has won does not change that.
    await eventually(async () => expect((await read(tenant, late)).op.isParked).toBe(true));
    await answer(tenant, late, 0, "too late");
    await later(tenant, 3_600_000);
    for (const id of [late, soon]) {
      await eventually(async () => {
        await later(tenant, 3_600_000);
        expect((await read(tenant, id)).op.status).toBe("succeeded");
      });
    }
    expect((await read(tenant, soon)).result).toBe('"yes"');
    expect((await read(tenant, late)).result).toBe('"nobody"');
    expect(did).toEqual(["note yes", "note nobody"]);
  });

  it("that has lost to a sleep does not end what the code does outside of steps then", async () => {
    const tenant = "ask-lost-race";
    perform(async (op) => {
      const answered = op.ask("approval", z.string());
      const won = await Promise.race([answered, op.sleep("patience", "1h").then(() => "nobody")]);
      await scheduler.wait(100);
      return won;
    });
    const id = await start(tenant);
    await parked(tenant, id);
    await later(tenant, 3_600_000);
    expect(await becomes(tenant, id, "succeeded")).toMatchObject({ attempt: 2 });
    expect((await read(tenant, id)).result).toBe('"nobody"');
  });

  it("that has won against a sleep, or lost to a step, does not end what the code does outside of steps then", async () => {
    const tenant = "race-won";
    perform(async (op) => {
      const answered = op.ask("approval", z.string());
      const won = await Promise.race([answered, op.sleep("patience", "1h")]);
      await scheduler.wait(100);
      const step = op.step("a", () => scheduler.wait(20).then(() => "a"));
      const next = await Promise.race([step, op.ask("never", z.string()), op.sleep("long", "1h")]);
      await scheduler.wait(100);
      return [won, next];
    });
    const id = await start(tenant);
    await parked(tenant, id);
    await answer(tenant, id, 0, "yes");
    expect(await becomes(tenant, id, "succeeded")).toMatchObject({ attempt: 2 });
    expect((await read(tenant, id)).result).toBe('["yes","a"]');
  });

  it("names that have changed their type end the operation, and touch nothing", async () => {
    const tenant = "ask-diverged";
    perform(async (op) => {
      await op.sleep("x", "8h");
    });
    const id = await start(tenant);
    await parked(tenant, id);
    perform(async (op) => {
      await op.step("x", does("x", 1)).catch(() => {});
      await op.step("y", does("y", 1));
    });
    await later(tenant, 8 * 3_600_000);
    expect(await becomes(tenant, id, "failed")).toMatchObject({
      error: { code: "steps_diverged" },
    });
    expect(did).toEqual([]);
  });
});

describe("a step with retry", () => {
  const failing = (times: number) => (step: { readonly attempt: number }) => {
    did.push(`try ${step.attempt}`);
    if (step.attempt <= times) throw new OperationFailure("busy", "Not now");
    return "done";
  };

  it("is tried again in place after a short wait", async () => {
    const tenant = "retry-short";
    const retry = { maxAttempts: 3, initialInterval: "1ms" };
    perform((op) => op.step("a", failing(2), { retry }));
    const id = await start(tenant);
    expect(await becomes(tenant, id, "succeeded")).toMatchObject({ attempt: 1 });
    expect(did).toEqual(["try 1", "try 2", "try 3"]);
  });

  it("parks for a long one, with its deadline running, and tries no more often for it", async () => {
    const tenant = "retry-long";
    const retry = { maxAttempts: 2, initialInterval: "1m" };
    perform(async (op) => {
      const caught = await op.step("a", failing(9), { retry }).catch((error) => error.code);
      await op.sleep("then", "1h");
      return caught;
    });
    const id = await start(tenant, { deadline: 600_000 });
    const waiting = await becomes(tenant, id, "pending");
    expect([waiting.wait, waiting.deadlineAt]).toEqual([undefined, waiting.createdAt + 600_000]);
    await abortAllDurableObjects();
    await later(tenant, 60_000);
    await parked(tenant, id);
    await later(tenant, 3_600_000);
    await becomes(tenant, id, "succeeded");
    expect((await read(tenant, id)).result).toBe('"busy"');
    expect(did).toEqual(["try 1", "try 2"]);
  });

  it("that it gave up is not made up for by the operation's", async () => {
    const tenant = "retry-up";
    const once = { maxAttempts: 1 };
    perform((op) => op.step("a", failing(9), { retry: once }));
    const again = { maxAttempts: 3, initialInterval: 1, backoffCoefficient: 1, maximumInterval: 1 };
    const id = await start(tenant, { retry: again });
    expect(await becomes(tenant, id, "failed")).toMatchObject({
      attempt: 1,
      error: { code: "busy" },
    });
  });
});

describe("op.interrupted", () => {
  it("says which attempt was lost, and the last step that it had stored", async () => {
    const tenant = "interrupted";
    const seen: unknown[] = [];
    perform(async (op) => {
      seen.push(op.interrupted);
      await op.step("a", () => 1);
      if (op.attempt === 1) for (;;) await scheduler.wait(50);
      await op.sleep("night", "8h");
    });
    const id = await start(tenant, { interruptions: { limit: 3, delay: 1 } });
    await eventually(async () => {
      const stub = operationsOf(tenant);
      const stored = await runInDurableObject(stub, (_: OperationsObject, { storage }) =>
        storage.sql.exec("SELECT name FROM steps").toArray(),
      );
      expect(stored).toHaveLength(1);
    });
    await abortAllDurableObjects();
    await parked(tenant, id);
    await later(tenant, 8 * 3_600_000);
    await becomes(tenant, id, "succeeded");
    expect(seen).toEqual([undefined, { step: "a", attempt: 1 }, undefined]);
  });
});

describe("what is cleared by the operation's retry", () => {
  it("lets the code go another way than it went after the failure", async () => {
    const tenant = "cleared";
    perform(async (op) => {
      const a = await op
        .step("a", () => {
          if (op.attempt === 1) throw new OperationFailure("busy", "Not now");
          return "a";
        })
        .catch(() => undefined);
      if (a === undefined) {
        await op.step("instead", does("instead", 1));
        throw new OperationFailure("again", "Try again");
      }
      return op.step("b", does("b", "b"));
    });
    const retry = { maxAttempts: 2, initialInterval: 1, backoffCoefficient: 1, maximumInterval: 1 };
    const id = await start(tenant, { retry });
    await becomes(tenant, id, "succeeded");
    expect(did).toEqual(["instead", "b"]);
  });
});

describe("storing", () => {
  it("that fails for a moment is tried again, and for good is an attempt that is lost", async () => {
    const tenant = "storing";
    perform(async (op) => op.step("a", does("a", op.attempt)));
    let left = 2;
    const { store } = Steps.prototype;
    vi.spyOn(Steps.prototype, "store").mockImplementation(function (this: Steps, ...asked) {
      if (left-- > 0) throw new Error("the disk is full");
      return store.apply(this, asked);
    });
    await becomes(tenant, await start(tenant), "succeeded");
    expect(did).toEqual(["a"]);
    left = 4;
    const id = await start(tenant, { interruptions: { limit: 3, delay: 1 } });
    expect(await becomes(tenant, id, "succeeded")).toMatchObject({ attempt: 2 });
    expect(did).toEqual(["a", "a", "a"]);
  });
});
