import { abortAllDurableObjects, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { echo } from "../../src/kinds/echo.ts";
import { type OperationContext, OperationFailure } from "../../src/kinds/kind.ts";
import { Runner } from "../../src/runner/runner.ts";
import { eventually } from "../eventually.ts";
import { command, operationsOf } from "./commands.ts";
import { becomes, read, snapshotOf, start } from "./performing.ts";

/** does puts other work in the place of echo's, which goes on to say `inline`. */
function does(work: (op: OperationContext) => unknown): void {
  vi.spyOn(echo, "run").mockImplementation(async (_, op) => work(op));
}

const elsewhere = () => [
  vi.mocked(Runner.prototype.run).mock.calls.length,
  vi.mocked(Runner.prototype.runMany).mock.calls.map(([tasks]) => tasks.length),
];

beforeEach(() => {
  vi.spyOn(Runner.prototype, "run");
  vi.spyOn(Runner.prototype, "runMany");
});

afterEach(() => {
  vi.restoreAllMocks();
});

describe("the first attempt of a kind that says `inline`", () => {
  it("runs in the object, and is over in the commit that makes the operation", async () => {
    const tenant = "one-commit";
    const seen: string[] = [];
    const id = await runInDurableObject(operationsOf(tenant), async (object, { storage }) => {
      const { sql } = storage;
      const exec = sql.exec.bind(sql);
      vi.spyOn(sql, "exec").mockImplementation((query: string, ...bindings: unknown[]) => {
        const [, verb] = /^(INSERT INTO|UPDATE) operations /.exec(query) ?? [];
        if (verb) seen.push(verb);
        return exec(query, ...bindings) as never;
      });
      const sync = storage.sync.bind(storage);
      vi.spyOn(storage, "sync").mockImplementation(() => {
        seen.push("turn");
        return sync();
      });
      const { create } = object as unknown as { create(of: object): Promise<never> };
      return snapshotOf(await create.call(object, command())).op.id;
    });
    await becomes(tenant, id, "succeeded");
    // Another group would begin with turns.
    const first = seen.indexOf("INSERT INTO");
    expect(seen.slice(first, first + 2)).toEqual(["INSERT INTO", "UPDATE"]);
    expect(elsewhere()).toEqual([0, []]);
  });

  it("fails the operation by what it throws, and is retried elsewhere", async () => {
    does((op) => {
      throw new OperationFailure("not_now", `${op.attempt}`, { retryable: op.attempt === 1 });
    });
    const retry = { maxAttempts: 3, initialInterval: 0, backoffCoefficient: 1, maximumInterval: 0 };
    const id = await start("throws", { retry });
    const { error, attempt } = await becomes("throws", id, "failed");
    expect({ error, attempt }).toEqual({
      error: { code: "not_now", message: "2" },
      attempt: 2,
    });
    expect(elsewhere()).toEqual([1, []]);
  });

  it("holds nobody up where it waits all the same", async () => {
    const { promise, resolve } = Promise.withResolvers<string>();
    does((op) => (op.attempt === 1 && op.idempotencyKey ? promise : "never"));
    const id = await start("waits");
    vi.mocked(echo.run).mockResolvedValue("at once");
    const other = await start("waits");
    await becomes("waits", other, "succeeded");
    expect((await read("waits", id)).op.status).toBe("running");
    await runInDurableObject(operationsOf("waits"), () => resolve("late"));
    await becomes("waits", id, "succeeded");
    expect((await read("waits", id)).result).toBe('"late"');
  });

  it("may ask its own object: to say how far it is, and to make another operation", async () => {
    vi.spyOn(echo, "run").mockImplementation(async (input, op) => {
      if (input === "inner") return input;
      await op.progress(50, "half");
      return op.operations.run("echo", "inner");
    });
    const id = await start("asks");
    expect(await becomes("asks", id, "succeeded")).toMatchObject({ percentComplete: 50 });
    expect((await read("asks", id)).result).toBe('"inner"');
    expect(elsewhere()).toEqual([0, []]);
  });

  it("is canceled, and told so, as any other", async () => {
    does(
      (op) =>
        new Promise((_, reject) =>
          op.signal.addEventListener("abort", () => reject(op.signal.reason)),
        ),
    );
    const id = await start("cancels");
    snapshotOf(await operationsOf("cancels").cancel(id));
    await becomes("cancels", id, "canceled");
  });

  it("is lost with its object, and made again elsewhere", async () => {
    does(({ attempt }) => (attempt === 1 ? new Promise(() => {}) : attempt));
    const id = await start("lost", { interruptions: { limit: 1, delay: 1 } });
    await abortAllDurableObjects();
    await eventually(async () => {
      await runDurableObjectAlarm(operationsOf("lost"));
      expect((await read("lost", id)).op).toMatchObject({ status: "succeeded", attempt: 2 });
    });
    expect(elsewhere()).toEqual([1, []]);
  });

  it("runs elsewhere where its input is large, or a hundred have begun in its group", async () => {
    const stub = operationsOf("bounds");
    const large = JSON.stringify("x".repeat(64 * 1024));
    snapshotOf(await stub.create(command({ input: large }), 1_000));
    expect(elsewhere()).toEqual([1, []]);
    const all = Array.from({ length: 103 }, () => command());
    const made = await stub.createMany(all);
    for (const reply of made) await becomes("bounds", snapshotOf(reply).op.id, "succeeded");
    // runMany runs each.
    expect(elsewhere()).toEqual([4, [3]]);
  });

  it("runs elsewhere where it had to wait for its place", async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    does(() => promise);
    const stub = operationsOf("queued");
    await stub.setPaused("echo", true);
    const id = await start("queued");
    expect((await read("queued", id)).op.status).toBe("pending");
    resolve();
    await stub.setPaused("echo", false);
    await becomes("queued", id, "succeeded");
    expect(elsewhere()).toEqual([1, []]);
  });
});
