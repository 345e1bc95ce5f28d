import { afterEach, describe, expect, it, vi } from "vitest";
import { OperationFailure } from "../../src/kinds/kind.ts";
import { simulate } from "../../src/kinds/simulate.ts";
import { FakeContext, given, refusals } from "./fake-context.ts";

/** Waits that the work asked for; each is over at once, unless its signal is aborted. */
function clock(): number[] {
  const waits: number[] = [];
  vi.spyOn(scheduler, "wait").mockImplementation(async (milliseconds, options) => {
    options?.signal?.throwIfAborted();
    waits.push(milliseconds);
  });
  return waits;
}

afterEach(() => {
  vi.restoreAllMocks();
});

describe("simulate: input", () => {
  it("everything is left open by default: it succeeds at once with null", async () => {
    const waits = clock();
    const op = new FakeContext();
    expect(await given(simulate, {})).toEqual({
      outcome: "succeed",
      duration: "0s",
      steps: 0,
      code: "simulated",
    });
    expect(await simulate.run({}, op)).toBeNull();
    expect([waits, op.reports]).toEqual([[], []]);
  });

  it.each([
    [{ duration: "168h" }],
    [{ duration: "0" }],
    [{ steps: 1_000 }],
    [{ value: { deep: [null] } }],
    [{ code: "c".repeat(64) }],
    [{ message: "" }],
  ])("takes %j", async (input) => {
    expect(await refusals(simulate, input)).toEqual([]);
  });

  it.each([
    [null, [""]],
    [[], [""]],
    [{ outcome: "explode" }, ["outcome"]],
    [{ duration: 5 }, ["duration"]],
    [{ duration: "5" }, ["duration"]],
    [{ duration: "-1s" }, ["duration"]],
    [{ duration: "168h1ms" }, ["duration"]],
    [{ steps: -1 }, ["steps"]],
    [{ steps: 1.5 }, ["steps"]],
    [{ steps: 1_001 }, ["steps"]],
    [{ steps: "3" }, ["steps"]],
    [{ code: "" }, ["code"]],
    [{ code: "c".repeat(65) }, ["code"]],
    [{ message: "m".repeat(1_025) }, ["message"]],
    [{ more: 1 }, [""]],
    [{ steps: -1, outcome: 1 }, ["outcome", "steps"]],
  ])("refuses %o and names the place", async (input, paths) => {
    expect(await refusals(simulate, input)).toEqual(paths);
  });
});

describe("simulate: run", () => {
  it("takes as long as it is told, in one piece without steps, and returns the value", async () => {
    const waits = clock();
    const op = new FakeContext();
    expect(await simulate.run({ duration: "1m30s", value: { a: 1 } }, op)).toEqual({ a: 1 });
    expect([waits, op.reports]).toEqual([[90_000], []]);
  });

  it("reports after each step, and the steps together take as long as it is told", async () => {
    const waits = clock();
    const op = new FakeContext();
    await simulate.run({ duration: "3s", steps: 4 }, op);
    expect(waits).toEqual([750, 750, 750, 750]);
    expect(op.reports).toEqual([
      [25, "step 1 of 4"],
      [50, "step 2 of 4"],
      [75, "step 3 of 4"],
      [100, "step 4 of 4"],
    ]);
  });

  it("fails with the code and the message it is told, after its time, retryable", async () => {
    const waits = clock();
    const input = { outcome: "fail", duration: "2s", code: "out_of_stock", message: "None left" };
    const thrown: unknown = await simulate.run(input, new FakeContext()).catch((error) => error);
    expect(thrown).toBeInstanceOf(OperationFailure);
    expect(thrown).toMatchObject({ code: "out_of_stock", message: "None left", retryable: true });
    expect(waits).toEqual([2_000]);
  });

  it("an abort ends a wait with the reason of the abort", async () => {
    const op = new FakeContext();
    const running = simulate.run({ duration: "1h" }, op);
    op.abort(new Error("canceled"));
    await expect(running).rejects.toThrow("canceled");
  });

  it("an abort between two steps ends it before the next report", async () => {
    const op = new FakeContext();
    op.onReport = () => {
      if (op.reports.length === 2) op.abort(new Error("canceled"));
    };
    await expect(simulate.run({ steps: 5 }, op)).rejects.toThrow("canceled");
    expect(op.reports).toHaveLength(2);
  });

  it("hangs after its time until the abort, also where the abort came before", async () => {
    const waits = clock();
    const op = new FakeContext();
    const ended = vi.fn();
    const running = simulate.run({ outcome: "hang", duration: "1s" }, op).finally(ended);
    const settled = expect(running).rejects.toThrow("canceled");
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect([waits, ended.mock.calls]).toEqual([[1_000], []]);
    op.abort(new Error("canceled"));
    await settled;
    await expect(simulate.run({ outcome: "hang" }, op)).rejects.toThrow("canceled");
  });

  it("asks with its message, and succeeds with the answer", async () => {
    const op = new FakeContext();
    op.answers.push({ a: 1 }, "later");
    expect(await simulate.run({ outcome: "ask", message: "Who?" }, op)).toEqual({
      answer: { a: 1 },
    });
    expect(await simulate.run({ outcome: "ask" }, op)).toEqual({ answer: "later" });
    expect(op.prompts).toEqual(["Who?", "What now?"]);
  });
});
