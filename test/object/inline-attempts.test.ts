import { beforeEach, describe, expect, test } from "vitest";
import { InlineAttempts } from "../../src/object/attempts/inline-attempts.ts";
import type { Task } from "../../src/runner/attempt.ts";
import type { Ended } from "../../src/runner/outcome.ts";

const endedAs = (body: string): Ended => ({
  outcome: { type: "succeeded", result: { mediaType: "application/json", size: body.length } },
  body,
});

const taskOf = (id: string, input = id): Task => ({
  object: "object",
  id,
  kind: "echo",
  attempt: 1,
  input,
});

let invocations: string[][];
let many: (tasks: readonly Task[]) => Promise<(Ended | undefined)[]>;
let attempts: InlineAttempts;
const bodiesOf = async (all: readonly Promise<Ended>[]) =>
  (await Promise.all(all)).map(({ body }) => body);

beforeEach(() => {
  invocations = [];
  many = async (tasks) => tasks.map(({ input }) => endedAs(input));
  attempts = new InlineAttempts({
    one: async (task) => {
      invocations.push([task.id]);
      return endedAs(task.input);
    },
    many: (tasks) => {
      invocations.push(tasks.map(({ id }) => id));
      return many(tasks);
    },
  });
});

describe("InlineAttempts", () => {
  test("attempts that start in one turn run in one invocation, each with its own outcome", async () => {
    const all = ["a", "b", "c"].map((id) => attempts.run(taskOf(id)));
    expect(await bodiesOf(all)).toEqual(["a", "b", "c"]);
    expect(await bodiesOf([attempts.run(taskOf("d"))])).toEqual(["d"]);
    expect(invocations).toEqual([["a", "b", "c"], ["d"]]);
  });

  test("one invocation has at most a hundred, 4 Mi characters of input, and no large one", async () => {
    const large = "x".repeat(64 * 1024 + 1);
    const rest = "x".repeat(60 * 1024);
    const all = Array.from({ length: 101 }, (_, n) => attempts.run(taskOf(`${n}`)));
    all.push(attempts.run(taskOf("large", large)));
    await Promise.all(all);
    expect(invocations.map(({ length }) => length).sort((a, b) => a - b)).toEqual([1, 1, 100]);
    invocations.length = 0;
    await Promise.all(Array.from({ length: 80 }, (_, n) => attempts.run(taskOf(`${n}`, rest))));
    expect(invocations.map(({ length }) => length)).toEqual([68, 12]);
  });

  test("an outcome that was too large to come with the others is made again alone", async () => {
    many = async (tasks) => tasks.map(({ input }) => (input === "b" ? undefined : endedAs(input)));
    const all = ["a", "b"].map((id) => attempts.run(taskOf(id)));
    expect(await bodiesOf(all)).toEqual(["a", "b"]);
    expect(invocations).toEqual([["a", "b"], ["b"]]);
  });

  test("an invocation that breaks off breaks off all of its attempts", async () => {
    many = () => Promise.reject(new Error("cut off"));
    const all = ["a", "b"].map((id) => attempts.run(taskOf(id)));
    const settled = await Promise.allSettled(all);
    expect(settled.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  });
});
