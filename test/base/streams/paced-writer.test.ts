import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { PacedWriter } from "../../../src/base/streams/paced-writer.ts";

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const large = new Error("too large");
const lost = new Error("not stored");

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

/** A writer, and what it has sent: when, from which offset on, and what. */
function writer(send?: (count: number) => Promise<unknown>) {
  const begun = Date.now();
  const sent: (readonly [number, number, string])[] = [];
  const made = new PacedWriter({
    send: async (offset, bytes) => {
      sent.push([Date.now() - begun, offset, text(bytes)]);
      return send?.(sent.length);
    },
    limit: 1_000_000,
    tooLarge: () => large,
    notStored: () => lost,
  });
  return { made, sent };
}

const pass = (milliseconds: number) => vi.advanceTimersByTimeAsync(milliseconds);

describe("PacedWriter", () => {
  it("stores what comes first at once, and then each 250 ms what has gathered", async () => {
    const { made, sent } = writer();
    // 50 tokens a second.
    for (let i = 0; i < 50; i++) {
      await made.write(".");
      await pass(20);
    }
    await made.stored();
    expect(sent[0]).toEqual([0, 0, "."]);
    expect(sent.slice(1, -1).map(([at]) => at)).toEqual([250, 500, 750]);
    expect(sent.map(([, , part]) => part).join("")).toBe(".".repeat(50));
    await pass(1_000);
    await made.write("!");
    await pass(0);
    expect(sent.at(-1)).toEqual([2_000, 50, "!"]);
  });

  it("puts what is written in one turn together, and stores 16 KiB without a pause", async () => {
    const { made, sent } = writer();
    void made.write("a");
    void made.write("b");
    await pass(0);
    void made.write("c".repeat(16 * 1024));
    await pass(0);
    expect(sent.map(([at, offset, part]) => [at, offset, part.length])).toEqual([
      [0, 0, 2],
      [0, 2, 16 * 1024],
    ]);
  });

  it("lets the work wait that outruns the store", async () => {
    const gate = Promise.withResolvers<undefined>();
    const { made, sent } = writer(() => gate.promise);
    let count = 0;
    const work = (async () => {
      for (; count < 100; count++) await made.write("x".repeat(8 * 1024));
    })();
    await pass(10_000);
    // 64 KiB, at least one of them under way.
    expect(count).toBeLessThanOrEqual(8);
    gate.resolve(undefined);
    await work;
    await made.stored();
    expect(sent.reduce((sum, [, , part]) => sum + part.length, 0)).toBe(800 * 1024);
    expect(sent.every(([, , part]) => part.length <= 128 * 1024)).toBe(true);
  });

  it("stores again what failed, at the same offset, and gives up after four tries", async () => {
    const { made, sent } = writer((count) =>
      count < 3 ? Promise.reject(new Error("disk")) : Promise.resolve(undefined),
    );
    void made.write("a");
    await pass(10_000);
    expect(sent).toEqual([
      [0, 0, "a"],
      [100, 0, "a"],
      [300, 0, "a"],
    ]);
    const broken = writer(() => Promise.reject(new Error("disk")));
    void broken.made.write("a");
    await pass(10_000);
    expect(broken.sent).toHaveLength(4);
    await expect(broken.made.stored()).rejects.toBe(lost);
  });

  it("fails past the limit, keeps what fits, and takes no more after a refusal", async () => {
    const { made, sent } = writer();
    void made.write("fits");
    await expect(made.write("x".repeat(1_000_000))).rejects.toBe(large);
    await expect(made.stored()).rejects.toBe(large);
    expect(sent.map(([, , part]) => part)).toEqual(["fits"]);
    const why = new Error("stale");
    const refused = writer(async () => why);
    void refused.made.write("a");
    await pass(0);
    await expect(refused.made.write("b")).rejects.toBe(why);
    expect(refused.sent).toHaveLength(1);
  });
});
