import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { IdSource, idAt, maxShards, parseId, parseIdBeginning } from "../../src/core/id.ts";

/** The time that the README of ulid/javascript gives as its example, and its text there. */
const now = 1_469_918_176_385;
const nowText = "01aryz6s41";

/** A source of bytes that are all alike. */
function all(byte: number): (bytes: Uint8Array) => Uint8Array {
  return (bytes) => bytes.fill(byte);
}

function random(bytes: Uint8Array): Uint8Array {
  return crypto.getRandomValues(bytes);
}

/** What a clock may do between two ids: stand still, go on, go back. */
const clock = fc
  .array(fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 5 }), fc.integer({ min: -5, max: -1 })))
  .map((steps) => {
    let time = now;
    return steps.map((step) => {
      time += step;
      return time;
    });
  });

describe("IdSource", () => {
  test("IdSource.next writes time, sequence, shard and randomness, in this order", () => {
    const source = new IdSource(1, all(31));
    expect(source.next(now)).toBe(`${nowText}0000001${"z".repeat(13)}`);
    expect(source.next(now)).toBe(`${nowText}0001001${"z".repeat(13)}`);
    expect(source.next(now + 1)).toBe(`01aryz6s420000001${"z".repeat(13)}`);
  });

  test("IdSource.next answers URL-safe text of at most 40 characters", () => {
    const id = new IdSource(maxShards - 1, random).next(now);
    expect(id).toMatch(/^[0-9a-z]{1,40}$/);
  });

  test("IdSource.next carries at least 60 random bits, each from a byte of its own", () => {
    const seen: number[] = [];
    const source = new IdSource(0, (bytes) => {
      seen.push(bytes.length);
      return bytes.map((_, i) => 2 * i + 0b1110_0000);
    });
    expect(source.next(now).slice(17)).toBe("02468acegjmpr");
    expect(5 * (seen[0] ?? 0)).toBeGreaterThanOrEqual(60);
  });

  test("IdSource.next asks for fresh randomness for each id", () => {
    const source = new IdSource(0, random);
    const tails = Array.from({ length: 1_000 }, () => source.next(now).slice(17));
    expect(new Set(tails).size).toBe(1_000);
  });

  test("IdSource.next only grows, as text, whatever the clock does", () => {
    fc.assert(
      fc.property(clock, fc.nat({ max: maxShards - 1 }), (times, shard) => {
        const source = new IdSource(shard, random);
        const ids = times.map((time) => source.next(time));
        expect([...ids].sort()).toEqual(ids);
        expect(new Set(ids).size).toBe(ids.length);
      }),
      { seed: 13 },
    );
  });

  test("IdSource.next never says a time before the clock's", () => {
    fc.assert(
      fc.property(clock, (times) => {
        const source = new IdSource(0, random);
        for (const time of times) {
          expect(parseId(source.next(time))?.time).toBeGreaterThanOrEqual(time);
        }
      }),
      { seed: 13 },
    );
  });

  test("IdSource.next goes on from the last id of the shard after a restart, in the same millisecond or an earlier one", () => {
    for (const restart of [now, now - 1, 0]) {
      const before = new IdSource(7, all(31));
      before.next(now);
      const last = before.next(now);
      const after = new IdSource(7, all(0), last);
      const id = after.next(restart);
      expect(id > last).toBe(true);
      expect(parseId(id)).toEqual({ time: now, sequence: 2, shard: 7 });
    }
  });

  test("IdSource.next starts a later millisecond at sequence 0 after a restart", () => {
    const last = new IdSource(7, random).next(now);
    const id = new IdSource(7, random, last).next(now + 1);
    expect(parseId(id)).toEqual({ time: now + 1, sequence: 0, shard: 7 });
  });

  test("IdSource.next borrows from the next millisecond when the sequence is full", () => {
    const last = `${nowText}zzzz001${"z".repeat(13)}`;
    const source = new IdSource(1, all(0), last);
    const ids = [source.next(now), source.next(now), source.next(now + 1), source.next(now + 2)];
    expect(ids.map(parseId)).toEqual([
      { time: now + 1, sequence: 0, shard: 1 },
      { time: now + 1, sequence: 1, shard: 1 },
      { time: now + 1, sequence: 2, shard: 1 },
      { time: now + 2, sequence: 0, shard: 1 },
    ]);
    expect([last, ...ids]).toEqual([last, ...ids].sort());
  });

  test("IdSource.next counts every place of a millisecond before it borrows", () => {
    const source = new IdSource(0, all(0), `${nowText}zzzy000${"0".repeat(13)}`);
    expect(parseId(source.next(now))).toEqual({ time: now, sequence: 32 ** 4 - 1, shard: 0 });
    expect(parseId(source.next(now))).toEqual({ time: now + 1, sequence: 0, shard: 0 });
  });

  test("IdSource: ids of several shards sort by their millisecond", () => {
    const early = new IdSource(maxShards - 1, all(31));
    const late = new IdSource(0, all(0));
    for (let i = 0; i < 100; i++) early.next(now);
    expect(early.next(now) < late.next(now + 1)).toBe(true);
  });
});

describe("parseId", () => {
  test("parseId reads back the time, sequence and shard of an id", () => {
    const time = fc.nat({ max: 32 ** 10 - 1 });
    fc.assert(
      fc.property(time, fc.nat({ max: maxShards - 1 }), fc.nat({ max: 3 }), (t, shard, place) => {
        const source = new IdSource(shard, random);
        for (let i = 0; i < place; i++) source.next(t + 1);
        expect(parseId(source.next(t + 1))).toEqual({ time: t + 1, sequence: place, shard });
      }),
      { seed: 13 },
    );
  });

  const id = `${nowText}0000001${"z".repeat(13)}`;
  test.each([
    ["nothing", ""],
    ["one character less", id.slice(1)],
    ["one character more", `${id}0`],
    ["a trailing newline", `${id}\n`],
    ["a blank instead of a digit", ` ${id.slice(1)}`],
    ["upper case", id.toUpperCase()],
    ["the letter i", `${id.slice(0, -1)}i`],
    ["the letter l", `${id.slice(0, -1)}l`],
    ["the letter o", `${id.slice(0, -1)}o`],
    ["the letter u", `${id.slice(0, -1)}u`],
    ["a percent-encoding", `%30${id.slice(3)}`],
    ["a path", `../../${id.slice(6)}`],
    ["the first shard past the last", `${nowText}0000400${"z".repeat(13)}`],
    ["the largest shard that three digits can say", `${nowText}0000zzz${"z".repeat(13)}`],
  ])("parseId refuses %s", (_, text) => {
    expect(parseId(id)).toBeDefined();
    expect(parseId(text)).toBeUndefined();
  });

  test("parseId reads the last shard", () => {
    expect(parseId(`${nowText}00003zz${"z".repeat(13)}`)?.shard).toBe(4095);
  });
});

describe("idAt", () => {
  test("idAt sorts at or before the ids made at its time or later, and after those made before", () => {
    const shard = fc.nat({ max: maxShards - 1 });
    const times = fc.oneof(
      fc.tuple(fc.nat({ max: 32 ** 9 }), fc.nat({ max: 32 ** 9 })),
      fc.nat({ max: 32 ** 9 }).chain((t) => fc.tuple(fc.constant(t), fc.constantFrom(t, t + 1))),
    );
    fc.assert(
      fc.property(times, shard, fc.constantFrom(0, 31), ([made, asked], s, byte) => {
        const id = new IdSource(s, all(byte)).next(made + 1);
        expect(id >= idAt(asked + 1)).toBe(made >= asked);
      }),
      { seed: 13, numRuns: 500 },
    );
  });

  test.each([
    [now, nowText],
    [0, "0000000000"],
    [-1, "0000000000"],
    [32 ** 10 - 1, "zzzzzzzzzz"],
    [32 ** 10, "zzzzzzzzzz"],
    [Number.MAX_SAFE_INTEGER, "zzzzzzzzzz"],
  ])("idAt(%d) is %s", (time, text) => {
    expect(idAt(time)).toBe(text);
  });
});

describe("parseIdBeginning", () => {
  test("parseIdBeginning reads the times between which ids that begin so were made", () => {
    const id = new IdSource(1, random).next(now);
    for (const length of [10, 11, 20, 29]) {
      expect(parseIdBeginning(id.slice(0, length))).toEqual({ from: now, to: now });
    }
    const { from, to } = parseIdBeginning(id.slice(0, 8)) ?? { from: 0, to: 0 };
    expect(idAt(from)).toBe(`${id.slice(0, 8)}00`);
    expect(idAt(to)).toBe(`${id.slice(0, 8)}zz`);
  });

  test.each([
    ["a whole id", new IdSource(1, all(31)).next(now)],
    ["nothing", ""],
    ["letters that no id has", "list"],
    ["capitals", "01ARYZ"],
  ])("parseIdBeginning is undefined for %s", (_, text) => {
    expect(parseIdBeginning(text)).toBeUndefined();
  });
});
