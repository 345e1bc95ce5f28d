import { abortAllDurableObjects, runInDurableObject } from "cloudflare:test";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import * as z from "zod/mini";
import { maxAnswers } from "../../src/core/limits.ts";
import type { Operation } from "../../src/core/operation/operation.ts";
import { decode, type Reply, type Snapshot } from "../../src/core/reply.ts";
import { ofZodMini } from "../../src/kinds/of-zod-mini.ts";
import { Runner } from "../../src/runner/runner.ts";
import { eventually } from "../eventually.ts";
import { command, hanging, operationsOf } from "./commands.ts";
import { perform } from "./performing.ts";

function snapshotOf(reply: Reply<Snapshot>): Snapshot {
  if (reply.error) throw new Error(reply.error.message);
  return reply;
}

async function start(tenant: string): Promise<string> {
  return snapshotOf(await operationsOf(tenant).create(command())).op.id;
}

async function read(tenant: string, id: string): Promise<Snapshot> {
  return snapshotOf(decode(await operationsOf(tenant).read(id)));
}

/** becomes waits until an operation has a status, and answers it. */
async function becomes(tenant: string, id: string, status: string): Promise<Operation> {
  await eventually(async () => expect((await read(tenant, id)).op.status).toBe(status));
  return (await read(tenant, id)).op;
}

/** answered answers a question as soon as it is asked. */
async function answered(tenant: string, id: string, index: number, answer: unknown): Promise<void> {
  await eventually(async () => {
    const { op } = await read(tenant, id);
    expect([op.status, op.answers?.length ?? 0]).toEqual(["input_required", index]);
  });
  snapshotOf(await operationsOf(tenant).answer(id, index, JSON.stringify(answer)));
}

beforeEach(() => {
  vi.spyOn(console, "warn").mockImplementation(() => {});
});

afterEach(() => {
  vi.restoreAllMocks();
});

describe("op.ask", () => {
  it("shows what is asked, and resolves with the answer", async () => {
    perform(async (op) => `Hello ${await op.ask(ofZodMini(z.string()), "Who is there?")}`);
    const id = await start("ask-once");
    const { inputRequest, attempt } = await becomes("ask-once", id, "input_required");
    expect(inputRequest?.message).toBe("Who is there?");
    expect(JSON.parse(inputRequest?.schema ?? "")).toMatchObject({ type: "string" });
    await answered("ask-once", id, 0, "Ada");
    const ended = await becomes("ask-once", id, "succeeded");
    expect([attempt, ended.attempt, ended.inputRequest]).toEqual([1, 1, undefined]);
    expect((await read("ask-once", id)).result).toBe('"Hello Ada"');
  });

  it("asks one question after the other, also those asked together", async () => {
    perform(async (op) => {
      const pair = await Promise.all([op.ask(z.int(), "a"), op.ask(z.int(), "b")]);
      return [...pair, await op.ask(z.int(), "c")];
    });
    const id = await start("ask-many");
    for (const index of [0, 1, 2]) await answered("ask-many", id, index, index * 10);
    await becomes("ask-many", id, "succeeded");
    expect((await read("ask-many", id)).result).toBe("[0,10,20]");
  });

  it("asks again where the schema refuses an answer", async () => {
    const even = z.int().check(z.refine((value) => value % 2 === 0, { message: "want it even" }));
    perform((op) => op.ask(even, "How many?"));
    const id = await start("ask-again");
    await answered("ask-again", id, 0, 3);
    await eventually(async () =>
      expect((await read("ask-again", id)).op.inputRequest?.message).toBe(
        "How many? (the previous answer was rejected: want it even)",
      ),
    );
    await answered("ask-again", id, 1, 4);
    await becomes("ask-again", id, "succeeded");
  });

  it("fails work that asks without end", async () => {
    perform((op) => op.ask(z.never()));
    const id = await start("ask-endless");
    for (let index = 0; index < maxAnswers; index++) await answered("ask-endless", id, index, 0);
    const ended = await becomes("ask-endless", id, "failed");
    expect(ended.error?.code).toBe("too_many_questions");
  });

  it("ends as canceled when a client cancels while it waits", async () => {
    perform((op) => op.ask(z.string()));
    const id = await start("ask-canceled");
    await becomes("ask-canceled", id, "input_required");
    await operationsOf("ask-canceled").cancel(id);
    await becomes("ask-canceled", id, "canceled");
  });

  it("survives a restart while it waits: another attempt goes on with every answer, in order", async () => {
    const attempts: string[] = [];
    perform(async (op) => {
      const first = await op.ask(z.string(), "first");
      attempts.push(`${op.attempt} ${first}`);
      return [first, await op.ask(z.string(), "second")];
    });
    const tenant = "ask-restart";
    const id = await start(tenant);
    await answered(tenant, id, 0, "one");
    await eventually(async () =>
      expect((await read(tenant, id)).op.inputRequest?.message).toBe("second"),
    );
    await abortAllDurableObjects();
    const parked = await becomes(tenant, id, "input_required");
    expect(parked).toMatchObject({ attempt: 1, isParked: true, retry: { maxAttempts: 1 } });
    await answered(tenant, id, 1, "two");
    const ended = await becomes(tenant, id, "succeeded");
    expect([ended.attempt, attempts]).toEqual([2, ["1 one", "2 one"]]);
    expect((await read(tenant, id)).result).toBe('["one","two"]');
  });

  it("survives a restart after the answer, once", async () => {
    const tenant = "ask-after";
    perform(async (op) => {
      const answer = await op.ask(z.string());
      if (op.attempt === 1) await new Promise(() => {});
      return answer;
    });
    const id = await start(tenant);
    await answered(tenant, id, 0, "kept");
    await becomes(tenant, id, "running");
    await abortAllDurableObjects();
    const ended = await becomes(tenant, id, "succeeded");
    expect(ended.attempt).toBe(2);
    expect((await read(tenant, id)).result).toBe('"kept"');
  });

  it("a canceled operation whose attempt is lost while it waits ends at once", async () => {
    const tenant = "ask-parked";
    perform((op) => op.ask(z.string()));
    const id = await start(tenant);
    await becomes(tenant, id, "input_required");
    await abortAllDurableObjects();
    expect((await read(tenant, id)).op.isParked).toBe(true);
    const reply = snapshotOf(await operationsOf(tenant).cancel(id));
    expect(reply.op.status).toBe("canceled");
  });
});

describe("ask of an attempt that is not alive in the object", () => {
  const request = { schema: "{}" };

  it("is told that it is over, and asks nothing", async () => {
    const tenant = "ask-dead";
    const stub = operationsOf(tenant);
    const { id } = snapshotOf(await stub.create(hanging())).op;
    // As it stands where another life of the object, or other code, has begun the attempt.
    await runInDurableObject(stub, (_, { storage }) => {
      storage.sql.exec(
        "UPDATE operations SET doc = json_set(doc, '$.attempt', 2) WHERE id = ?",
        id,
      );
    });
    expect(await stub.ask(id, 2, 0, request)).toEqual({ type: "over" });
    expect(await stub.ask(id, 1, 0, request)).toEqual({ type: "over" });
    expect((await read(tenant, id)).op).toMatchObject({ status: "running", version: 1 });
  });

  it("is over for each who asks once the operation ends, and for one who comes later", async () => {
    const tenant = "ask-ended";
    const stub = operationsOf(tenant);
    const { id } = snapshotOf(await stub.create(hanging())).op;
    const asked = [stub.ask(id, 1, 0, request), stub.ask(id, 1, 0, request)];
    await becomes(tenant, id, "input_required");
    await stub.cancel(id);
    expect(await Promise.all(asked)).toEqual([{ type: "over" }, { type: "over" }]);
    expect(await stub.ask(id, 1, 1, request)).toEqual({ type: "over" });
  });
});

describe("answer", () => {
  it("is refused where nothing is asked, where that is not asked, and where all is over", async () => {
    const tenant = "answer-refused";
    perform((op) => op.ask(z.string()));
    const id = await start(tenant);
    await becomes(tenant, id, "input_required");
    const stub = operationsOf(tenant);
    const codes = [(await stub.answer(id, 1, '"x"')).error?.code];
    await stub.answer(id, 0, '"x"');
    codes.push((await stub.answer(id, 0, '"y"')).error?.code);
    await becomes(tenant, id, "succeeded");
    codes.push((await stub.answer(id, 1, '"z"')).error?.code);
    expect([codes[0], codes[2]]).toEqual(["input-not-required", "already-terminal"]);
    expect(["input-not-required", "already-terminal"]).toContain(codes[1]);
    expect((await read(tenant, id)).result).toBe('"x"');
  });

  it("by what has answered before changes nothing, in the same moment too", async () => {
    const tenant = "answer-by";
    perform(async (op) => [await op.ask(z.string()), await op.ask(z.string())]);
    const id = await start(tenant);
    await becomes(tenant, id, "input_required");
    const stub = operationsOf(tenant);
    const first = () => stub.answer(id, 0, '"x"', "m1");
    const replies = await Promise.all([first(), first()]);
    expect(replies.map(({ error }) => error)).toEqual([undefined, undefined]);
    await eventually(async () => {
      const { op } = await read(tenant, id);
      expect(op).toMatchObject({ status: "input_required", answers: ['"x"'] });
    });
    const { version } = (await read(tenant, id)).op;
    expect(await stub.answer(id, 1, '"x"', "m1")).toMatchObject({ op: { version } });
    await stub.answer(id, 1, '"y"', "m2");
    const ended = await becomes(tenant, id, "succeeded");
    expect(ended.answeredBy).toEqual(["m1", "m2"]);
    expect(await stub.answer(id, 2, '"x"', "m1")).toMatchObject({ op: { status: "succeeded" } });
    expect((await read(tenant, id)).result).toBe('["x","y"]');
  });
});

describe("an attempt that is cut off, though its object lives", () => {
  /** cutting lets the first attempts be cut off by what it returns. */
  function cutting(): () => void {
    const { promise, reject } = Promise.withResolvers<never>();
    promise.catch(() => {});
    const run = Runner.prototype.run;
    vi.spyOn(Runner.prototype, "run").mockImplementation(function (this: Runner, task) {
      const ended = run.call(this, task);
      return task.attempt > 1 ? ended : Promise.race([ended, promise]);
    });
    return () => reject(new Error("cut off"));
  }

  it("goes on with another attempt where it was answered, and counts for nothing", async () => {
    const cut = cutting();
    perform(async (op) => {
      const answer = await op.ask(z.string());
      return op.attempt > 1 ? answer : new Promise(() => {});
    });
    const id = await start("ask-cut");
    await answered("ask-cut", id, 0, "Ada");
    cut();
    expect(await becomes("ask-cut", id, "succeeded")).toMatchObject({ attempt: 2, resumed: 1 });
    expect((await read("ask-cut", id)).result).toBe('"Ada"');
  });

  it("is canceled where that was asked for, and else interrupted", async () => {
    const cut = cutting();
    perform(() => new Promise(() => {}));
    const unwanted = await start("cut-unwanted");
    const other = await start("cut-other");
    expect(await operationsOf("cut-unwanted").cancel(unwanted)).toMatchObject({
      op: { status: "running" },
    });
    cut();
    await becomes("cut-unwanted", unwanted, "canceled");
    const { error } = await becomes("cut-other", other, "failed");
    expect(error).toEqual({ code: "interrupted", message: "Attempt 1 was cut off" });
  });
});
