import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { OutputPlace } from "../../../../src/core/output.ts";
import type { Reply, Snapshot } from "../../../../src/core/reply.ts";
import { newsOf } from "../../../../src/dialects/native/watching/news.ts";
import { writtenBy } from "../../../../src/dialects/native/watching/written.ts";
import type { Asked } from "../../../../src/edge/exchange.ts";
import type { OutputReader } from "../../../../src/map/output-reader.ts";

const bytes = (...of: number[]) => new Uint8Array(of);
const encoded = (text: string) => new TextEncoder().encode(text);

/** A reader that is given pieces, each of them with the offset behind it, and then breaks or ends. */
function readerOf(pieces: readonly (Uint8Array | { readonly reset: number })[], end?: Error) {
  let place: OutputPlace = { attempt: 1, offset: 0 };
  const waiting = [...pieces];
  const close = vi.fn(() => {});
  const next = async () => {
    const piece = waiting.shift();
    if (piece === undefined && end) throw end;
    if (piece === undefined) return undefined;
    if ("reset" in piece) {
      place = { attempt: 2, offset: piece.reset };
      return { type: "reset", offset: piece.reset };
    }
    place = { ...place, offset: place.offset + piece.length };
    return { type: "bytes", bytes: piece };
  };
  const reader = {
    close,
    next,
    get place() {
      return place;
    },
  };
  return reader as unknown as OutputReader & { close: typeof close };
}

describe("writtenBy", () => {
  const [a = 0, b = 0, c = 0, d = 0] = encoded("😀");
  test.each([
    // A character that comes in part waits for its rest, and its place is before it.
    [
      [bytes(120, a, b), bytes(c, d, 121)],
      [
        ["x", 1, 1],
        ["😀y", 1, 6],
      ],
    ],
    // What was cut off before it was told is no news.
    [
      [bytes(120, a, b), { reset: 1 }, bytes(121)],
      [
        ["x", 1, 1],
        ["y", 2, 2],
      ],
    ],
    [
      [bytes(120, a, b), { reset: 2 }, bytes(b, c, d)],
      [
        ["x", 1, 1],
        ["😀", 2, 5],
      ],
    ],
    [
      [bytes(120, 121), { reset: 1 }, bytes(122)],
      [
        ["xy", 1, 2],
        ["reset", 2, 1],
        ["z", 2, 2],
      ],
    ],
    // The end brings what was no character.
    [
      [bytes(120, a)],
      [
        ["x", 1, 1],
        ["\ufffd", 1, 2],
      ],
    ],
  ])("of %j tells %j", async (pieces, wanted) => {
    const told = [];
    for await (const one of writtenBy(readerOf(pieces))) {
      told.push([one.type === "text" ? one.text : one.type, one.place.attempt, one.place.offset]);
    }
    expect(told).toEqual(wanted);
  });
});

describe("newsOf", () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  const at = (version: number, status = "running") =>
    ({ op: { id: "01m8", status, version } }) as unknown as Snapshot;

  test("waits for no change any more once it is left", async () => {
    const wait = vi.fn((_: { readonly signal: AbortSignal }) => new Promise<never>(() => {}));
    const map = { wait, output: async () => ({ error: { code: "unavailable" } }) };
    const { signal } = new AbortController();
    const exchange = { map, request: { signal } } as unknown as Asked;
    const news = newsOf(exchange, at(1), { pause: 10_000, place: { offset: 0 } });
    expect((await news.next()).value).toMatchObject({ type: "change" });
    expect(wait).toHaveBeenCalledOnce();
    expect(wait.mock.calls[0]?.[0].signal.aborted).toBe(false);
    await news.return(at(1));
    expect(wait.mock.calls[0]?.[0].signal.aborted).toBe(true);
  });

  test("reads on where it was once an output can be read again, and closes what it reads", async () => {
    const readers = [
      readerOf([encoded("one ")], new Error("The object restarts")),
      readerOf([encoded("two")]),
    ];
    const places: OutputPlace[] = [];
    const changes = [at(2), at(3, "succeeded")].map(() => Promise.withResolvers<Reply<Snapshot>>());
    let waits = 0;
    const map = {
      output: async (_: string, place: OutputPlace) => {
        places.push(place);
        return { reader: readers[places.length - 1] };
      },
      wait: () => changes[waits++]?.promise,
    };
    const { signal } = new AbortController();
    const exchange = { map, request: { signal } } as unknown as Asked;
    const news = newsOf(exchange, at(1), { pause: 10_000, place: { offset: 0 } });
    const next = async () => {
      const { value } = await news.next();
      return value && "type" in value && value.type === "text" ? value.text : value;
    };
    expect(
      [await next(), await next()].map((one) => (typeof one === "string" ? one : "change")).sort(),
    ).toEqual(["change", "one "]);
    const later = next();
    changes[0]?.resolve(at(2));
    expect(await later).toMatchObject({ type: "change" });
    expect(await next()).toBe("two");
    expect(places).toEqual([{ offset: 0 }, { attempt: 1, offset: 4 }]);
    const last = news.next();
    await vi.advanceTimersByTimeAsync(1_000);
    await scheduler.wait(150);
    changes[1]?.resolve(at(3, "succeeded"));
    expect(await last).toMatchObject({ done: true, value: { op: { version: 3 } } });
    expect(readers[1]?.close).toHaveBeenCalledOnce();
  });
});
