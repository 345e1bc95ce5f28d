import { abortAllDurableObjects, runInDurableObject } from "cloudflare:test";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { maxOutput } from "../../src/core/limits.ts";
import type { Operation } from "../../src/core/operation/operation.ts";
import type { OutputPage, OutputPlace } from "../../src/core/output.ts";
import { decode, type Reply, type Snapshot } from "../../src/core/reply.ts";
import type { OperationContext } from "../../src/kinds/kind.ts";
import { eventually } from "../eventually.ts";
import { command, operationsOf } from "./commands.ts";
import { perform } from "./performing.ts";

function of<T>(reply: Reply<T>): T {
  if (reply.error) throw new Error(reply.error.message);
  return reply as T;
}

const stubOf = operationsOf;

async function start(tenant: string, more = {}): Promise<string> {
  return of<Snapshot>(await stubOf(tenant).create(command(more))).op.id;
}

async function becomes(tenant: string, id: string, status: string): Promise<Operation> {
  let op: Operation | undefined;
  await eventually(async () => {
    op = of(decode(await stubOf(tenant).read(id))).op;
    expect(op.status).toBe(status);
  });
  return op as Operation;
}

async function page(tenant: string, id: string, place: OutputPlace = { offset: 0 }) {
  const read = of<OutputPage>(await stubOf(tenant).readOutput(id, place));
  return { ...read, text: new TextDecoder().decode(read.bytes) };
}

/** How many rows of output there are in an object. */
function rows(tenant: string): Promise<number> {
  return runInDurableObject(stubOf(tenant), (_, { storage }) =>
    Number(storage.sql.exec("SELECT count(*) AS count FROM output").one().count),
  );
}

const bytesOf = (text: string) => new TextEncoder().encode(text) as Uint8Array<ArrayBuffer>;

/** External work in a worker's hands, which writes as it is told. */
async function claimed(tenant: string) {
  const id = await start(tenant, { kind: "resize", external: true });
  await stubOf(tenant).claim({ kinds: ["resize"], max: 1, lease: 60_000 });
  const write = (text: string, offset?: number, attempt = 1) =>
    stubOf(tenant).writeOutput(id, {
      attempt,
      isExternal: true,
      bytes: bytesOf(text),
      ...(offset !== undefined && { offset }),
    });
  return { id, write };
}

/** stop resolves when the attempt is to end, and hangs until then. */
function stop({ signal }: OperationContext): Promise<void> {
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve()));
}

beforeEach(() => {
  vi.spyOn(console, "warn").mockImplementation(() => {});
});

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

describe("op.write", () => {
  it("is stored before the operation ends, awaited or not, strings as UTF-8 and bytes as they are", async () => {
    perform(async (op) => {
      await op.write("né");
      op.write(new Uint8Array([0xff, 0]));
      op.write("");
      op.write("!");
    });
    const id = await start("whole");
    await becomes("whole", id, "succeeded");
    const { bytes, isOver, offset } = await page("whole", id);
    expect([...bytes]).toEqual([0x6e, 0xc3, 0xa9, 0xff, 0, 0x21]);
    expect([isOver, offset]).toEqual([true, 0]);
  });

  it("takes what a buffer held when it was written", async () => {
    perform((op) => {
      const buffer = bytesOf("abc");
      op.write(buffer.subarray(1));
      buffer.fill(0);
    });
    const id = await start("buffer");
    await becomes("buffer", id, "succeeded");
    expect((await page("buffer", id)).text).toBe("bc");
  });

  it("keeps the output of work that fails", async () => {
    vi.spyOn(console, "error").mockImplementation(() => {});
    perform((op) => {
      op.write("almost");
      throw new Error("broken");
    });
    const id = await start("failing");
    await becomes("failing", id, "failed");
    expect((await page("failing", id)).text).toBe("almost");
  });

  it("fails the operation past 10 MiB, also where nobody awaits it, and keeps what fits", async () => {
    const piece = new Uint8Array(maxOutput / 10).fill(120);
    perform(async (op) => {
      for (let i = 0; i < 10; i++) await op.write(piece);
      op.write("x");
      return "done";
    });
    const id = await start("large", { retry: { ...command().retry, maxAttempts: 3 } });
    const { error, attempt } = await becomes("large", id, "failed");
    expect([error?.code, attempt]).toEqual(["output_too_large", 1]);
    let offset = 0;
    for (let next = await page("large", id); ; next = await page("large", id, { offset })) {
      expect(next.bytes.length).toBeLessThanOrEqual(512 * 1024);
      offset += next.bytes.length;
      if (next.isOver) break;
    }
    expect(offset).toBe(maxOutput);
  });

  it("of a lost attempt is written anew by the next, and never mixed with it", async () => {
    const begun: number[] = [];
    perform(async (op) => {
      begun.push(op.attempt);
      await op.write(op.attempt === 1 ? "first attempt" : "second");
      if (op.attempt === 1) await stop(op);
    });
    const id = await start("lost", { retry: { ...command().retry, maxAttempts: 2 } });
    await eventually(async () => expect((await page("lost", id)).text).toBe("first attempt"));
    await abortAllDurableObjects();
    await becomes("lost", id, "succeeded");
    expect(begun).toEqual([1, 2]);
    expect((await page("lost", id)).text).toBe("second");
    // Who had read of the first is sent back to where the second begins, whatever it has written.
    expect((await page("lost", id, { attempt: 1, offset: 3 })).offset).toBe(0);
    expect((await page("lost", id, { attempt: 2, offset: 3 })).text).toBe("ond");
    expect((await page("lost", id, { offset: 13 })).offset).toBe(6);
  });
});

describe("op.write between steps", () => {
  it("what a stored step has seen written stays, and is not written again; what came after it is", async () => {
    const steps: string[] = [];
    perform(async (op) => {
      op.write("before, ");
      await op.step("one", () => {
        steps.push("one");
        return op.write("in one, ");
      });
      op.write("between, ");
      await op.step("two", () => {
        steps.push("two");
      });
      await op.write(op.attempt === 1 ? "lost with the first attempt" : "after");
      if (op.attempt === 1) await stop(op);
      await op.step("three", () => op.write("."));
    });
    const id = await start("steps", { interruptions: { delay: 10 } });
    const first = "before, in one, between, lost with the first attempt";
    await eventually(async () => expect((await page("steps", id)).text).toBe(first));
    await abortAllDurableObjects();
    await becomes("steps", id, "succeeded");
    expect(steps).toEqual(["one", "two"]);
    expect((await page("steps", id)).text).toBe("before, in one, between, after.");
    // Who has read on is sent back to where the second attempt began; who has not reads on.
    expect((await page("steps", id, { attempt: 1, offset: 40 })).offset).toBe(25);
    expect((await page("steps", id, { attempt: 1, offset: 25 })).text).toBe("after.");
  });

  it("fails an operation at the step that would be stored with too much of it", async () => {
    perform(async (op) => {
      op.write(new Uint8Array(maxOutput + 1));
      await op.step("late", () => {});
      return "never";
    });
    const id = await start("steps-large");
    expect((await becomes("steps-large", id, "failed")).error?.code).toBe("output_too_large");
  });
});

describe("Output", () => {
  it("is refused of attempts that are not current, of others' attempts, and after the end", async () => {
    const stub = stubOf("refused");
    const { id, write } = await claimed("refused");
    expect((await write("a", 0, 2)).error?.code).toBe("stale-attempt");
    const mine = { attempt: 1, isExternal: false, bytes: bytesOf("a") };
    expect((await stub.writeOutput(id, mine)).error?.code).toBe("stale-attempt");
    expect((await stub.writeOutput("none", mine)).error?.code).toBe("operation-not-found");
    await stub.end(id, { attempt: 1, result: "1", size: 1 });
    expect((await write("a")).error?.code).toBe("already-terminal");
    expect((await page("refused", id)).bytes).toHaveLength(0);
  });

  it("stores what comes twice once, and refuses what would leave a gap", async () => {
    const { id, write } = await claimed("twice");
    expect(await write("abc", 0)).toEqual({ size: 3 });
    expect(await write("abc", 0)).toEqual({ size: 3 });
    expect(await write("cd", 2)).toEqual({ size: 4 });
    expect((await write("x", 9)).error?.code).toBe("precondition-failed");
    expect(await write("e")).toEqual({ size: 5 });
    expect((await page("twice", id)).text).toBe("abcde");
  });

  it("bounds an output, and stores nothing of what is past the bound", async () => {
    const { id } = await claimed("bound");
    const write = { attempt: 1, isExternal: true, bytes: new Uint8Array(maxOutput + 1) };
    const reply = await stubOf("bound").writeOutput(id, write);
    expect(reply.error?.code).toBe("payload-too-large");
    expect(await rows("bound")).toBe(0);
  });

  it("goes with its operation, deleted or expired, and so does what older code left behind", async () => {
    const stub = stubOf("removed");
    perform((op) => op.write("x".repeat(100_000)));
    const gone = await start("removed");
    const kept = await start("removed", { ttl: 60_000 });
    for (const id of [gone, kept]) await becomes("removed", id, "succeeded");
    expect(await rows("removed")).toBe(4);
    // An operation that code without outputs has deleted.
    await runInDurableObject(stub, (_, { storage }) => {
      storage.sql.exec("INSERT INTO output (id, offset, attempt, body) VALUES ('0', 0, 1, x'00')");
    });
    of(await stub.remove(gone));
    expect(await rows("removed")).toBe(3);
    vi.setSystemTime(Date.now() + 61_000);
    await stub.list({ statuses: [], kinds: [], labels: [], order: "asc", limit: 1 });
    await eventually(async () => {
      await runInDurableObject(stub, (instance) => instance.alarm?.());
      expect(await rows("removed")).toBe(0);
    });
  });

  it("survives the object", async () => {
    const { id, write } = await claimed("eviction");
    await write("before ");
    await abortAllDurableObjects();
    await write("after");
    expect((await page("eviction", id)).text).toBe("before after");
  });
});
