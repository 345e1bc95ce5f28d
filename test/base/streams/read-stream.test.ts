import { describe, expect, it } from "vitest";
import { passedOn, readUpTo, withReader } from "../../../src/base/streams/read-stream.ts";

const text = (bytes: Uint8Array | undefined) => new TextDecoder().decode(bytes);

/** A stream of these parts, which breaks off with `error` where that is given. */
function streamOf(parts: readonly string[], error?: Error): ReadableStream<Uint8Array> {
  const left = [...parts];
  return new ReadableStream({
    pull(controller) {
      const part = left.shift();
      if (part !== undefined) controller.enqueue(new TextEncoder().encode(part));
      else if (error) controller.error(error);
      else controller.close();
    },
  });
}

describe("withReader", () => {
  it("releases the stream where reading ends, and where it throws", async () => {
    const stream = streamOf(["a", "b"]);
    expect(text((await withReader(stream, (reader) => reader.read())).value)).toBe("a");
    expect(stream.locked).toBe(false);
    const thrown = withReader(stream, () => Promise.reject(new Error("no")));
    await expect(thrown).rejects.toThrow("no");
    expect(stream.locked).toBe(false);
  });
});

describe("readUpTo", () => {
  it.each([
    [[], ""],
    [["abc"], "abc"],
    [["ab", "", "c"], "abc"],
  ])("returns the bytes of %j", async (parts, whole) => {
    expect(text(await readUpTo(streamOf(parts), 3))).toBe(whole);
  });

  it("returns undefined past the limit, and leaves the rest in the stream", async () => {
    const stream = streamOf(["ab", "cd", "ef"]);
    expect(await readUpTo(stream, 3)).toBeUndefined();
    expect(text(await readUpTo(stream, 3))).toBe("ef");
  });

  it("rejects as the stream does, and releases it", async () => {
    const stream = streamOf(["ab"], new Error("broken off"));
    await expect(readUpTo(stream, 3)).rejects.toThrow("broken off");
    expect(stream.locked).toBe(false);
  });

  it("rejects with the signal's reason once it aborts, also while it waits for bytes", async () => {
    const stream = new ReadableStream<Uint8Array>();
    const abort = new AbortController();
    const read = readUpTo(stream, 3, abort.signal);
    abort.abort(new Error("enough"));
    await expect(read).rejects.toThrow("enough");
    expect(stream.locked).toBe(false);
  });
});

describe("passedOn", () => {
  const all = async (stream: ReadableStream<Uint8Array>) => text(await readUpTo(stream, 100));

  it("is what is left to the reader, after the head, and releases it at the end", async () => {
    const stream = streamOf(["a", "b", "c"]);
    const reader = stream.getReader();
    const { value: head } = await reader.read();
    expect(await all(passedOn(reader, head && { head }))).toBe("abc");
    expect(stream.locked).toBe(false);
  });

  it("takes an empty head", async () => {
    const stream = streamOf([]);
    expect(await all(passedOn(stream.getReader(), { head: new Uint8Array(0) }))).toBe("");
  });

  it("breaks off with the failure in the place of the stream's reason, and releases it", async () => {
    const stream = streamOf(["a"], new Error("reset"));
    const failureOf = (thrown: unknown) => new Error(`upstream: ${(thrown as Error).message}`);
    await expect(all(passedOn(stream.getReader(), { failureOf }))).rejects.toThrow(
      "upstream: reset",
    );
    expect(stream.locked).toBe(false);
  });

  it("cancels the stream where it is canceled, and releases it", async () => {
    let reason: unknown;
    const stream = new ReadableStream<Uint8Array>({
      cancel: (why) => {
        reason = why;
      },
    });
    await passedOn(stream.getReader()).cancel("gone");
    expect(reason).toBe("gone");
    expect(stream.locked).toBe(false);
  });
});
