import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { maxLines } from "../../src/core/log-line.ts";
import type { AttemptRecord } from "../../src/core/operation/attempt-record.ts";
import type { CreateCommand } from "../../src/core/reply.ts";
import { OperationFailure } from "../../src/kinds/kind.ts";
import { eventually } from "../eventually.ts";
import { command, operationsOf } from "./commands.ts";
import { perform } from "./performing.ts";

type Stub = ReturnType<typeof operationsOf>;

const retry = {
  maxAttempts: 3,
  initialInterval: 1,
  backoffCoefficient: 1,
  maximumInterval: 1,
};

async function madeIn(stub: Stub, more: Partial<CreateCommand> = {}): Promise<string> {
  const made = await stub.create(command(more), 10_000);
  if (made.error) throw new Error(made.error.message);
  return made.op.id;
}

async function attemptsOf(stub: Stub, id: string): Promise<readonly AttemptRecord[]> {
  const reply = await stub.readAttempts(id);
  if (reply.error) throw new Error(reply.error.message);
  return reply.attempts;
}

function rowsIn(stub: Stub): Promise<number> {
  return runInDurableObject(
    stub,
    (_, { storage }) =>
      storage.sql.exec<{ count: number }>("SELECT count(*) AS count FROM attempts").one().count,
  );
}

const messages = ({ log }: AttemptRecord) => log.map(({ message }) => message);

beforeEach(() => {
  for (const method of ["log", "warn", "error"] as const) {
    vi.spyOn(console, method).mockImplementation(() => {});
  }
});

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

describe("AttemptHistory", () => {
  it("keeps what an attempt logged with its end: levels, fields, and not what is for the log alone", async () => {
    perform((op) => {
      op.log.info("one", { rows: 3, skipped: undefined });
      op.log.with({ shard: "a" }).warning("two", { ok: false });
      op.log.error("three");
      op.log.untapped.error("the upstream said no");
      op.log.V(0)?.info("V 0 is on");
      return 1;
    });
    const stub = operationsOf("levels");
    const id = await madeIn(stub);
    const [attempt] = await attemptsOf(stub, id);
    expect(attempt).toMatchObject({ attempt: 1, outcome: "succeeded" });
    expect(attempt?.log).toMatchObject([
      { line: 1, level: "info", message: "one", fields: { rows: 3 } },
      { line: 2, level: "warning", message: "two", fields: { shard: "a", ok: false } },
      { line: 3, level: "error", message: "three" },
      { line: 4, level: "info", message: "V 0 is on" },
    ]);
    expect(attempt?.log[2]).not.toHaveProperty("fields");
    expect(await rowsIn(stub)).toBe(1);
  });

  it("keeps each attempt's own log, and that of the last attempt where the work ends in failure", async () => {
    perform((op) => {
      op.log.info(`attempt ${op.attempt}`);
      if (op.attempt < 3) throw new OperationFailure("broken", `No ${op.attempt}`);
      return "done";
    });
    const stub = operationsOf("each");
    const id = await madeIn(stub, { retry });
    for (let round = 0; round < 4; round++) await runDurableObjectAlarm(stub);
    await eventually(async () => {
      expect((await attemptsOf(stub, id)).at(-1)?.outcome).toBe("succeeded");
    });
    const all = await attemptsOf(stub, id);
    expect(all.map(messages)).toEqual([["attempt 1"], ["attempt 2"], ["attempt 3"]]);
    expect(all.map(({ outcome, error }) => [outcome, error?.message])).toEqual([
      ["failed", "No 1"],
      ["failed", "No 2"],
      ["succeeded", undefined],
    ]);
  });

  it("keeps what an unexpected throw said with its stack beside the operation, whose error says nothing of it", async () => {
    perform(() => {
      throw new TypeError("db-password is hunter2");
    });
    const stub = operationsOf("thrown");
    const id = await madeIn(stub);
    const [attempt] = await attemptsOf(stub, id);
    expect(attempt?.stack).toMatch(/^TypeError: db-password is hunter2\n +at /);
    expect(attempt?.error?.code).toBe("internal");
    expect(await stub.read(id)).not.toContain("hunter2");
  });

  it("keeps what earlier attempts reported, and what the present one does", async () => {
    perform(async (op) => {
      await op.progress(10 * op.attempt, `at ${op.attempt}`);
      if (op.attempt === 1) throw new OperationFailure("broken", "No");
      return "done";
    });
    const stub = operationsOf("reports");
    const id = await madeIn(stub, { retry });
    await eventually(async () => {
      await runDurableObjectAlarm(stub);
      expect((await attemptsOf(stub, id)).at(-1)?.outcome).toBe("succeeded");
    });
    expect((await attemptsOf(stub, id)).map(({ progress }) => progress)).toMatchObject([
      [{ percent: 10, message: "at 1" }],
      [{ percent: 20, message: "at 2" }],
    ]);
  });

  it("tells the steps of the attempt that stored them, without what they returned", async () => {
    perform(async (op) => {
      await op.step("first", () => "a secret of the work");
      if (op.attempt === 1) throw new OperationFailure("broken", "No");
      await op
        .step("second", () => {
          throw new TypeError("hunter2");
        })
        .catch(() => {});
      return "done";
    });
    const stub = operationsOf("steps");
    const id = await madeIn(stub, { retry });
    await eventually(async () => {
      await runDurableObjectAlarm(stub);
      expect((await attemptsOf(stub, id)).at(-1)?.outcome).toBe("succeeded");
    });
    const all = await attemptsOf(stub, id);
    expect(all.map(({ steps }) => steps)).toMatchObject([
      [{ name: "first", type: "step", endedAt: expect.any(Number) }],
      [{ name: "second", error: { code: "internal", thrown: "TypeError" } }],
    ]);
    expect(JSON.stringify(all)).not.toContain("a secret");
  });

  it("keeps lines while the work goes on, marks the operation once, and numbers what is sent again", async () => {
    const stub = operationsOf("meanwhile");
    const made = await stub.create(command({ kind: "simulate", input: '{"outcome":"hang"}' }));
    const id = made.error ? "" : made.op.id;
    const line = (number: number) => ({
      line: number,
      at: 1,
      level: "info" as const,
      message: `line ${number}`,
    });
    await stub.logged(id, 1, [line(1), line(2)]);
    const once = await stub.read(id);
    await stub.logged(id, 1, [line(2), line(3)]);
    expect(await stub.read(id)).toBe(once);
    const [attempt] = await attemptsOf(stub, id);
    expect(attempt && messages(attempt)).toEqual(["line 1", "line 2", "line 3"]);
    // What comes late, or is of another attempt, is not kept.
    await stub.logged(id, 2, [line(1)]);
    await stub.cancel(id);
    await eventually(async () => {
      expect((await attemptsOf(stub, id))[0]?.outcome).toBe("canceled");
    });
    await stub.logged(id, 1, [line(4)]);
    expect((await attemptsOf(stub, id)).map(messages)).toEqual([["line 1", "line 2", "line 3"]]);
    expect(await rowsIn(stub)).toBe(1);
  });

  it("bounds the log of work that does nothing else, and what waits to be sent", async () => {
    perform((op) => {
      for (let line = 1; line <= 20_000; line++)
        op.log.info(`line ${line}`, { pad: "x".repeat(90) });
      return 1;
    });
    const stub = operationsOf("chatty");
    const [attempt] = await attemptsOf(stub, await madeIn(stub));
    expect(attempt?.log).toHaveLength(maxLines);
    expect(attempt?.log.at(-1)).toMatchObject({ line: 20_000, message: "line 20000" });
  });

  it("lets work end whose lines cannot be kept", async () => {
    perform((op) => {
      op.log.info("one");
      op.log.info({
        toString: () => {
          throw new Error("no text");
        },
      } as never);
      return "done";
    });
    const stub = operationsOf("unkept");
    await stub.stats();
    await madeIn(stub);
    await runInDurableObject(stub, (_, { storage }) => {
      storage.sql.exec("DROP TABLE attempts");
    });
    const made = await stub.create(command(), 10_000);
    expect(made).toMatchObject({ op: { status: "succeeded" } });
  });

  it("removes what it keeps with the operation, deleted or expired, and nothing of another", async () => {
    perform((op) => {
      op.log.info("one");
      return 1;
    });
    const stub = operationsOf("removed");
    const deleted = await madeIn(stub);
    const expired = await madeIn(stub, { ttl: 60_000 });
    const kept = await madeIn(stub);
    expect(await rowsIn(stub)).toBe(3);
    await stub.remove(deleted);
    expect(await rowsIn(stub)).toBe(2);
    vi.setSystemTime(Date.now() + 61_000);
    await runDurableObjectAlarm(stub);
    expect(await rowsIn(stub)).toBe(1);
    expect(await stub.readAttempts(expired)).toMatchObject({
      error: { code: "operation-not-found" },
    });
    expect((await attemptsOf(stub, kept)).map(messages)).toEqual([["one"]]);
  });
});
