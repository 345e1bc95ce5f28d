import { describe, expect, it, vi } from "vitest";
import * as z from "zod/mini";
import { makeAsync, OperationFailure } from "../../src/kinds/kind.ts";
import { configOf, FakeContext } from "./fake-context.ts";

describe("makeAsync", () => {
  const input = z.strictObject({ name: z.string(), times: z._default(z.int(), 3) });
  const retry = { maxAttempts: 2, initialInterval: 1, backoffCoefficient: 1, maximumInterval: 1 };

  it("keeps what the definition says of itself", () => {
    const given = { description: "Says it.", input, retry };
    const durations = { waitDeadline: "720h", compensateWithin: "10m" };
    const kind = makeAsync({ ...given, ...durations, run: () => 1 });
    const read = { waitDeadline: 720 * 3_600_000, compensateWithin: 600_000 };
    expect(kind).toMatchObject({ ...given, ...read });
    expect(makeAsync({ description: "", input, run: () => 1 }).retry).toBeUndefined();
  });

  it("run gets the input as the schema gives it, and the context as it is", async () => {
    const run = vi.fn(({ name, times }: { name: string; times: number }) => name.repeat(times));
    const kind = makeAsync({ description: "", input, run });
    const op = new FakeContext();
    expect(await kind.run({ name: "ab" }, op)).toBe("ababab");
    expect(run.mock.calls).toEqual([[{ name: "ab", times: 3 }, op]]);
  });

  it("run rejects, and starts no work, where the schema no longer takes a stored input", async () => {
    const run = vi.fn();
    const kind = makeAsync({ description: "", input, run });
    await expect(kind.run({ name: 1 }, new FakeContext())).rejects.toThrow();
    expect(run).not.toHaveBeenCalled();
  });

  it("run rejects with what the work throws, whether it throws at once or later", async () => {
    const thrown = new Error("broken");
    const now = makeAsync({
      description: "",
      input: z.any(),
      run: () => {
        throw thrown;
      },
    });
    const later = makeAsync({ description: "", input: z.any(), run: () => Promise.reject(thrown) });
    await expect(now.run(null, new FakeContext())).rejects.toBe(thrown);
    await expect(later.run(null, new FakeContext())).rejects.toBe(thrown);
  });

  it("check asks the definition, with the configuration; without one nothing is wrong", () => {
    const config = configOf({ SHARDS: "7" });
    const kind = makeAsync({
      description: "",
      input,
      check: ({ name }, { shards }) => ({ path: "name", message: `${name} of ${shards}` }),
      run: () => 1,
    });
    const wrong = { path: "name", message: "x of 7" };
    expect(kind.check({ name: "x", times: 3 }, config)).toEqual(wrong);
    expect(
      makeAsync({ description: "", input, run: () => 1 }).check({ name: "x" }, config),
    ).toBeUndefined();
  });

  it("interruptions are what the definition says differs from the default", () => {
    const config = configOf({});
    const of = (more: object) =>
      makeAsync({ description: "", input: z.string(), run: () => 1, ...more }).interruptions;
    expect(of({})("x", config)).toEqual({});
    const interruptions = { limit: 3, delay: "2s", backoffCoefficient: 1.5 };
    expect(of({ interruptions })("x", config)).toEqual({ ...interruptions, delay: 2_000 });
    expect(of({ atMostOnce: true })("x", config)).toEqual({ limit: 0 });
    const atMostOnce = (asked: string) => asked === "charge";
    expect(of({ atMostOnce })("charge", config)).toEqual({ limit: 0 });
    expect(of({ atMostOnce, interruptions: { limit: 3 } })("look", config)).toEqual({ limit: 3 });
  });

  it.each([
    { interruptions: { limit: 0 } },
    { interruptions: { limit: 1_001 } },
    { interruptions: { limit: 1.5 } },
    { interruptions: { delay: "soon" } },
    { interruptions: { backoffCoefficient: 0 } },
    { interruptions: { limit: 2 }, atMostOnce: true },
    { waitDeadline: "a week" },
    { compensateWithin: "a while" },
  ])("refuses the definition %j", (more) => {
    const definition = { description: "", input: z.string(), run: () => 1, ...more };
    expect(() => makeAsync(definition)).toThrow(TypeError);
  });
});

describe("OperationFailure", () => {
  it("is retryable and without details unless told otherwise", () => {
    const failure = new OperationFailure("card_declined", "No funds");
    expect(failure).toBeInstanceOf(Error);
    expect(failure).toMatchObject({
      name: "OperationFailure",
      code: "card_declined",
      message: "No funds",
      details: undefined,
      retryable: true,
    });
  });

  it("keeps details and whether another attempt could do better", () => {
    const failure = new OperationFailure("c", "m", { details: { a: [1] }, retryable: false });
    expect(failure).toMatchObject({ details: { a: [1] }, retryable: false });
  });
});
