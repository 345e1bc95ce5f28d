import { createExecutionContext } from "cloudflare:test";
import { env as bindings } from "cloudflare:workers";
import * as fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { maxDepth, maxInlineResult, maxResult, maxResultHeaders } from "../../src/core/limits.ts";
import type { Operation } from "../../src/core/operation/operation.ts";
import type { Payload } from "../../src/core/reply.ts";
import { decode } from "../../src/core/reply.ts";
import { Runner } from "../../src/index.ts";
import { type OperationContext, OperationFailure } from "../../src/kinds/kind.ts";
import { ProgressReports } from "../../src/runner/progress-reports.ts";
import { eventually } from "../eventually.ts";
import { command, hanging, operationsOf } from "../object/commands.ts";
import { perform } from "../object/performing.ts";

interface End {
  readonly op: Operation;
  /** The result as it stands in the monitor. */
  readonly inline: string | undefined;
  readonly body: Payload | undefined;
}

/** Each operation has an object to itself. */
let tenants = 0;

/** runs answers how an operation ends whose work is this. */
async function runs(work: (op: OperationContext) => unknown): Promise<End> {
  perform(work);
  const stub = operationsOf(`runner-${tenants++}`);
  const made = await stub.create(command(), 10_000);
  if (made.error) throw new Error(made.error.message);
  const read = await stub.readResult(made.op.id);
  if (read.error) throw new Error(read.error.message);
  return { op: read.op, inline: read.result, body: read.body };
}

function textOf(body: Payload | undefined): string | undefined {
  return body === undefined || typeof body === "string" ? body : new TextDecoder().decode(body);
}

/** Lines that the runner writes as errors. */
let lines: Readonly<Record<string, unknown>>[] = [];

beforeEach(() => {
  lines = [];
  vi.spyOn(console, "error").mockImplementation((line: string) => {
    lines.push(JSON.parse(line));
  });
});

afterEach(() => {
  vi.restoreAllMocks();
});

describe("Runner: work that throws", () => {
  const shown = { code: "internal", message: "The work threw an unexpected exception" };

  it("ends as failed with code internal; the message goes to one log line with the stack", async () => {
    const { op, body } = await runs(() => {
      throw new TypeError("the password is hunter2");
    });
    expect(op).toMatchObject({ status: "failed", error: shown });
    expect([op.error, body]).toEqual([shown, undefined]);
    expect(JSON.stringify(op)).not.toContain("hunter2");
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatchObject({
      level: "error",
      module: "object/runner",
      message: "panic in the work",
      operation: op.id,
      attempt: 1,
      kind: "echo",
    });
    expect(lines[0]?.stack).toMatch(/^TypeError: the password is hunter2\n\s+at /);
  });

  it.each<[string, unknown, string]>([
    ["a text", "oops", "Thrown: oops"],
    ["nothing", undefined, "Thrown: undefined"],
    ["a number", 7, "Thrown: 7"],
  ])("ends as failed with code internal where it throws %s", async (_, thrown, stack) => {
    const { op } = await runs(() => Promise.reject(thrown));
    expect(op.error).toEqual(shown);
    expect(lines).toMatchObject([{ stack }]);
  });

  it("a throw is tried again where the retry policy allows", async () => {
    const retry = { maxAttempts: 2, initialInterval: 0, backoffCoefficient: 1, maximumInterval: 0 };
    let attempts = 0;
    const work = (op: OperationContext) => {
      attempts = op.attempt;
      if (op.attempt === 1) throw new Error("first");
      return "second";
    };
    perform(work);
    const stub = operationsOf("runner-retry");
    const made = await stub.create(command({ retry }), 10_000);
    if (made.error) throw new Error(made.error.message);
    const { id } = made.op;
    await eventually(async () => {
      expect(decode(await stub.read(id))).toMatchObject({
        op: { status: "succeeded", attempt: 2 },
        result: '"second"',
      });
    });
    expect(attempts).toBe(2);
    expect(lines).toHaveLength(1);
  });
});

describe("Runner: OperationFailure", () => {
  it("its code, message and details are the operation's error, and no line is written", async () => {
    const { op } = await runs(() => {
      throw new OperationFailure("card_declined", "No funds", { details: { limit: [1, null] } });
    });
    expect(op).toMatchObject({ status: "failed", attempt: 1 });
    expect(op.error).toEqual({
      code: "card_declined",
      message: "No funds",
      details: '{"limit":[1,null]}',
    });
    expect(lines).toEqual([]);
  });

  it.each([
    [false, { status: "failed", error: { code: "c", message: "m" } }],
    [true, { status: "pending", statusMessage: "Attempt 1 failed: m" }],
  ])(
    "retryable %s decides whether the policy gives it another attempt",
    async (retryable, ends) => {
      const retry = {
        maxAttempts: 2,
        initialInterval: 60_000,
        backoffCoefficient: 1,
        maximumInterval: 60_000,
      };
      perform(() => {
        throw new OperationFailure("c", "m", { retryable });
      });
      const stub = operationsOf(`runner-retryable-${retryable}`);
      const made = await stub.create(command({ retry }));
      if (made.error) throw new Error(made.error.message);
      const { id } = made.op;
      await eventually(async () => {
        expect(decode(await stub.read(id))).toMatchObject({ op: { ...ends, attempt: 1 } });
      });
    },
  );
});

describe("Runner: results", () => {
  it.each<[unknown, string]>([
    [undefined, "null"],
    [null, "null"],
    [0, "0"],
    ["é", '"é"'],
    [{ a: [1], b: undefined }, '{"a":[1]}'],
    [new Date(0), '"1970-01-01T00:00:00.000Z"'],
  ])("%j is stored as JSON, with its size in bytes", async (value, text) => {
    const { op, inline, body } = await runs(() => value);
    const size = new TextEncoder().encode(text).byteLength;
    expect(op).toMatchObject({ status: "succeeded" });
    expect(op.result).toEqual({ mediaType: "application/json", size });
    expect([inline, textOf(body)]).toEqual([text, text]);
  });

  it("what JSON cannot hold is a bug of the work", async () => {
    expect((await runs(() => 1n)).op.error?.code).toBe("internal");
    const ring: unknown[] = [];
    ring.push(ring);
    expect((await runs(() => ring)).op.error?.code).toBe("internal");
    expect(lines).toHaveLength(2);
  });

  it("of a Response, status, media type, headers and bytes are kept", async () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
    const headers = {
      "content-type": "image/png",
      "x-total-count": "7",
      "set-cookie": "secret=1",
      connection: "x-hop",
      "x-hop": "1",
    };
    const { op, inline, body } = await runs(() => new Response(bytes, { status: 418, headers }));
    expect(op.result).toEqual({
      mediaType: "image/png",
      size: 256,
      status: 418,
      headers: [["x-total-count", "7"]],
    });
    expect(inline).toBeUndefined();
    expect(new Uint8Array(body as ArrayBuffer)).toEqual(bytes);
  });

  it("of a Response without a type or a body the type is octets and the size 0", async () => {
    const { op, body } = await runs(() => new Response(null, { status: 204 }));
    expect(op).toMatchObject({ status: "succeeded" });
    expect(op.result).toEqual({
      mediaType: "application/octet-stream",
      size: 0,
      status: 204,
      headers: [],
    });
    expect(textOf(body)).toBe("");
  });

  it.each([
    ["application/json", ' {"a": 1} ', true],
    ["application/problem+json; charset=utf-8", "1", true],
    ["Application/JSON", "1", true],
    ["application/json", "not JSON", false],
    ["application/json", "\ufeff1", false],
    ["application/jsonl", "1", false],
    ["text/json", "1", false],
    ["text/plain", "1", false],
    ["application/json", `"${"x".repeat(maxInlineResult - 2)}"`, true],
    ["application/json", `"${"x".repeat(maxInlineResult - 1)}"`, false],
  ])(
    "a Response of type %s stands in the monitor where it is JSON and small",
    async (type, text, isInline) => {
      const headers = { "content-type": type };
      const { op, inline, body } = await runs(
        () => new Response(new TextEncoder().encode(text), { headers }),
      );
      expect(op.result).toMatchObject({ mediaType: type, status: 200 });
      expect(inline).toBe(isInline ? text : undefined);
      expect(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytesOf(body))).toBe(
        text,
      );
    },
  );

  it.each<[string, (json: string) => unknown]>([
    ["a value", (json) => JSON.parse(json)],
    [
      "a Response",
      (json) => new Response(json, { headers: { "content-type": "application/json" } }),
    ],
  ])(
    "%s stands in the monitor as deep as requests may be, and is bytes beyond",
    async (_, make) => {
      const nested = (depth: number) => `${"[".repeat(depth)}${"]".repeat(depth)}`;
      const most = await runs(() => make(nested(maxDepth)));
      expect([most.inline, most.body]).toEqual([nested(maxDepth), nested(maxDepth)]);
      for (const depth of [maxDepth + 1, 2_000]) {
        const { op, inline, body } = await runs(() => make(nested(depth)));
        expect(op.result).toMatchObject({ mediaType: "application/json", size: 2 * depth });
        expect([inline, typeof body, textOf(body)]).toEqual([undefined, "object", nested(depth)]);
      }
    },
  );

  it("a Response that cannot be played back is no result", async () => {
    for (const value of ["a\u0001b", "a".repeat(maxResultHeaders)]) {
      const { op, body } = await runs(() => new Response("x", { headers: { "x-odd": value } }));
      expect([op.error?.code, body]).toEqual(["upstream_invalid", undefined]);
    }
    expect(lines).toEqual([]);
  });

  it("a Response whose connection is lost is its sender's fault, and told to nobody", async () => {
    const lost = Object.assign(new Error("Network connection lost."), { retryable: true });
    const { op } = await runs(
      () => new Response(new ReadableStream({ pull: (controller) => controller.error(lost) })),
    );
    expect(op.error?.code).toBe("upstream_incomplete");
    expect(lines).toEqual([]);
  });

  it.each([true, false])(
    "a Response that breaks off with a failure of its own ends so (retryable: %s)",
    async (retryable) => {
      const failure = new OperationFailure("out_of_paper", "No paper", { retryable });
      const { op } = await runs(
        () => new Response(new ReadableStream({ pull: (controller) => controller.error(failure) })),
      );
      expect(op.error).toEqual({ code: "out_of_paper", message: "No paper" });
    },
  );

  it.each<[string, (size: number) => unknown]>([
    ["a value", (size) => "x".repeat(size - 2)],
    ["a value of many bytes per character", (size) => "é".repeat((size - 2) / 2)],
    ["a Response", (size) => new Response("x".repeat(size))],
  ])(
    "%s of maxResult bytes is kept, and a larger one fails with result_too_large",
    async (_, make) => {
      const most = await runs(() => make(maxResult));
      expect(most.op).toMatchObject({ status: "succeeded", result: { size: maxResult } });
      const { op, body } = await runs(() => make(maxResult + 2));
      expect(op.error).toEqual({
        code: "result_too_large",
        message: `The result is larger than ${maxResult} bytes`,
      });
      expect([op.status, body]).toEqual(["failed", undefined]);
    },
  );

  it("a Response without end is read no further than maxResult", async () => {
    let pulled = 0;
    const canceled = vi.fn();
    const endless = new ReadableStream<Uint8Array>({
      pull: (controller) => {
        pulled += 1;
        controller.enqueue(new Uint8Array(1024 * 1024));
      },
      cancel: canceled,
    });
    const { op } = await runs(() => new Response(endless));
    expect(op.error?.code).toBe("result_too_large");
    expect(pulled).toBeLessThanOrEqual(maxResult / (1024 * 1024) + 2);
    expect(canceled).toHaveBeenCalledOnce();
  });

  it("a Response whose body breaks off is a bug of the work, not a result", async () => {
    const broken = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.error(new Error("reset by peer")),
    });
    const { op, body } = await runs(() => new Response(broken));
    expect([op.status, op.error?.code, body]).toEqual(["failed", "internal", undefined]);
  });
});

describe("Runner: a kind gone after a deploy", () => {
  it("postpones an attempt at it, and is named", async () => {
    const runner = new Runner(createExecutionContext(), bindings);
    const task = { object: "none", id: "a", kind: "gone", attempt: 1, input: "" };
    expect(await runner.run(task)).toMatchObject({
      postponed: 'This Worker no longer has a kind "gone"',
    });
    expect(lines).toEqual([]);
  });
});

describe("Runner: context", () => {
  it("work sees its operation's id, its attempt, the configuration and the bindings", async () => {
    const { op, inline } = await runs(({ id, attempt, config, env }) => {
      return { id, attempt, shards: config.shards, hasObject: env.OPERATIONS !== undefined };
    });
    expect(JSON.parse(inline ?? "")).toEqual({
      id: op.id,
      attempt: 1,
      shards: 1,
      hasObject: true,
    });
  });

  it("tenant is the tenant of the object's name, and throws for an object without one", async () => {
    const told: unknown[] = [];
    perform((op) => {
      for (const read of [() => op.tenant, () => typeof op.operations]) {
        try {
          told.push(read());
        } catch (thrown) {
          told.push(String(thrown));
        }
      }
    });
    const runner = new Runner(createExecutionContext(), bindings);
    const task = { object: "none", id: "a", kind: "echo", attempt: 1, input: "" };
    await runner.run({ ...task, name: "acme/0" });
    await runner.run(task);
    const nameless =
      "Error: Cannot tell the tenant of this operation: the runtime gave the object no name";
    expect(told).toEqual(["acme", "object", nameless, nameless]);
  });

  it("reports go to the object that began the attempt, though its name means another by now", async () => {
    const stub = operationsOf(`runner-${tenants++}`);
    const made = await stub.create(hanging());
    if (made.error) throw new Error(made.error.message);
    const { id, attempt } = made.op;
    perform((op) => op.progress(40, "on the way"));
    const task = { object: stub.id.toString(), name: "elsewhere/0", id, attempt };
    await new Runner(createExecutionContext(), bindings).run({ ...task, kind: "echo", input: "" });
    const read = decode(await stub.read(id));
    expect(read).toMatchObject({ op: { status: "running", statusMessage: "on the way" } });
    await stub.cancel(id);
  });

  it("attempts of one invocation end each as it does, but for results that no message holds", async () => {
    perform((op) => {
      if (op.id === "bad") throw new OperationFailure("refused", "Not this one");
      return op.id === "small" ? 1 : "x".repeat(8 * 1024 * 1024 - 2);
    });
    const tasks = ["small", "bad", "large", "larger", "largest"].map((id) => {
      return { object: "object", id, kind: "echo", attempt: 1, input: "" };
    });
    const ended = await new Runner(createExecutionContext(), bindings).runMany(tasks);
    expect(ended.map((one) => one?.outcome.type)).toEqual([
      "succeeded",
      "failed",
      "succeeded",
      "succeeded",
      undefined,
    ]);
    expect(ended[1]).toMatchObject({ outcome: { error: { code: "refused" } } });
  });

  it("a progress report is stored when its promise resolves, and the last outlives the work", async () => {
    const { op, inline } = await runs(async (context) => {
      await context.progress(40, "on the way");
      const seen = decode(await operationsOf(`runner-${tenants - 1}`).read(context.id));
      void context.progress(99.999, "nearly");
      return seen.error ? undefined : [seen.op.percentComplete, seen.op.statusMessage];
    });
    expect(inline).toBe('[40,"on the way"]');
    expect(op).toMatchObject({ percentComplete: 100, statusMessage: "nearly" });
  });

  it("cancel aborts the signal, and work that throws for it ends as canceled, without a line", async () => {
    perform(
      ({ signal }) =>
        new Promise((_, reject) => {
          signal.addEventListener("abort", () => reject(signal.reason));
        }),
    );
    const stub = operationsOf("runner-cancel");
    const made = await stub.create(command());
    if (made.error) throw new Error(made.error.message);
    await stub.cancel(made.op.id);
    await eventually(async () => {
      expect(decode(await stub.read(made.op.id))).toMatchObject({
        op: { status: "canceled", error: { code: "canceled" } },
      });
    });
    expect(lines).toEqual([]);
  });

  it("work that succeeds although it was asked to stop has succeeded", async () => {
    perform(
      ({ signal }) =>
        new Promise((resolve) => {
          signal.addEventListener("abort", () => resolve("done anyway"));
        }),
    );
    const stub = operationsOf("runner-cancel-late");
    const made = await stub.create(command());
    if (made.error) throw new Error(made.error.message);
    await stub.cancel(made.op.id);
    await eventually(async () => {
      expect(decode(await stub.read(made.op.id))).toMatchObject({
        op: { status: "succeeded", cancelRequestedAt: expect.any(Number) },
        result: '"done anyway"',
      });
    });
  });
});

describe("ProgressReports", () => {
  interface Report {
    readonly percent: number | undefined;
    readonly message: string | undefined;
    /** Whether the work awaits it before it goes on. */
    readonly isAwaited: boolean;
  }

  const report: fc.Arbitrary<Report> = fc.record({
    percent: fc.option(fc.integer({ min: 0, max: 100 }), { nil: undefined }),
    message: fc.option(fc.constantFrom("a", "b", "c"), { nil: undefined }),
    isAwaited: fc.boolean(),
  });

  it("the last report is always stored, one at a time, and no repetition is", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(report, { maxLength: 30 }), fc.nat(3), async (list, ticks) => {
        const stored: (readonly [number | undefined, string | undefined])[] = [];
        let underWay = 0;
        const reports = new ProgressReports(async (...sent) => {
          expect(++underWay).toBe(1);
          for (let tick = 0; tick < ticks; tick++) await Promise.resolve();
          stored.push(sent);
          underWay -= 1;
        });
        let percent: number | undefined;
        let message: string | undefined;
        for (const next of list) {
          percent = next.percent ?? percent;
          message = next.message ?? message;
          const resolved = reports.report(next.percent, next.message);
          if (!next.isAwaited) continue;
          await resolved;
          if (percent !== undefined || message !== undefined) {
            expect(stored.at(-1)).toEqual([percent, message]);
          }
        }
        await reports.settled();
        if (percent !== undefined || message !== undefined) {
          expect(stored.at(-1)).toEqual([percent, message]);
        } else expect(stored).toEqual([]);
      }),
      { seed: 17, numRuns: 300 },
    );
  });

  it("reports made while one is under way are merged into one", async () => {
    const stored: unknown[] = [];
    const gates: (() => void)[] = [];
    const reports = new ProgressReports((percent, message) => {
      stored.push([percent, message]);
      return new Promise<void>((resolve) => gates.push(resolve));
    });
    void reports.report(1, "a");
    for (let percent = 2; percent <= 50; percent++) void reports.report(percent, undefined);
    void reports.report(undefined, "z");
    const last = reports.settled();
    gates[0]?.();
    await eventually(() => expect(gates).toHaveLength(2));
    gates[1]?.();
    await last;
    expect(stored).toEqual([
      [1, "a"],
      [50, "z"],
    ]);
  });

  it("a report that says nothing new is not sent", async () => {
    const send = vi.fn(async () => {});
    const reports = new ProgressReports(send);
    await reports.report(undefined, undefined);
    expect(send).not.toHaveBeenCalled();
    await reports.report(33.333, "a");
    await reports.report(33.3333, "a");
    await reports.report(undefined, "a");
    await reports.report(33.33, undefined);
    expect(send.mock.calls).toEqual([[33.33, "a"]]);
  });

  it.each([
    [-1, 0],
    [101, 100],
    [Number.NaN, 0],
    [Number.POSITIVE_INFINITY, 0],
    [12.345, 12.35],
  ])("%d percent is reported as %d", async (percent, stored) => {
    const send = vi.fn(async () => {});
    await new ProgressReports(send).report(percent, undefined);
    expect(send.mock.calls).toEqual([[stored, undefined]]);
  });

  it("a report that cannot be sent breaks no work, and the next one is sent again", async () => {
    const send = vi.fn<() => Promise<void>>(async () => {});
    send.mockRejectedValueOnce(new Error("object restarted"));
    const reports = new ProgressReports(send);
    await expect(reports.report(1, undefined)).resolves.toBeUndefined();
    await reports.report(2, undefined);
    expect(send.mock.calls).toEqual([
      [1, undefined],
      [2, undefined],
    ]);
  });
});

function bytesOf(body: Payload | undefined): Uint8Array {
  return typeof body === "string" ? new TextEncoder().encode(body) : new Uint8Array(body ?? []);
}
