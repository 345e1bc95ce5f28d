import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  appended,
  boundLine,
  type LogLine,
  lastOf,
  maxLines,
  maxLogText,
  type NewLine,
} from "../../src/core/log-line.ts";

const line = (message: string, more: Partial<LogLine> = {}): NewLine => ({
  at: 1,
  level: "info",
  message,
  ...more,
});

describe("appended", () => {
  test("appended numbers lines, and leaves out those that are there already", () => {
    const first = appended([], [line("a"), line("b")]);
    expect(first.map(({ line: number }) => number)).toEqual([1, 2]);
    const again = appended(first, [line("b", { line: 2 }), line("d", { line: 4 }), line("e")]);
    expect(again.map(({ line: number, message }) => [number, message])).toEqual([
      [1, "a"],
      [2, "b"],
      [4, "d"],
      [5, "e"],
    ]);
  });

  test("appended keeps the last lines within their bounds, whatever is logged", () => {
    const anyLine = fc.record({
      at: fc.nat(),
      level: fc.constant("info" as const),
      message: fc.string({ unit: "binary", maxLength: 3_000 }),
      fields: fc.dictionary(fc.string(), fc.oneof(fc.string(), fc.boolean(), fc.double())),
    });
    fc.assert(
      fc.property(fc.array(fc.array(anyLine, { maxLength: 100 }), { maxLength: 8 }), (batches) => {
        let log: readonly LogLine[] = [];
        for (const batch of batches) log = appended(log, batch as NewLine[]);
        expect(log.length).toBeLessThanOrEqual(maxLines);
        expect(JSON.stringify(log).length).toBeLessThanOrEqual(maxLogText + 2);
        const last = batches.flat().length;
        expect(log.at(-1)?.line ?? 0).toBe(last);
      }),
      { numRuns: 30 },
    );
  });

  test("lastOf keeps one line less where there is one more", () => {
    const many = Array.from({ length: maxLines + 1 }, (_, index) => line(`${index}`));
    expect(lastOf(many)).toEqual(many.slice(1));
  });
});

describe("boundLine", () => {
  test.each([
    ["authorization", "Bearer abc"],
    ["Set-Cookie", "a=b"],
    ["apiKey", "k"],
    ["accessToken", "k"],
    ["db_password", "k"],
    ["secrets", "k"],
  ])("boundLine does not tell what the field %s is", (name, value) => {
    expect(boundLine(line("m", { fields: { [name]: value } })).fields).toEqual({
      [name]: "[redacted]",
    });
  });

  test("boundLine tells fields that are no secret, and texts without what lets one in", () => {
    const said = line("sent Authorization: Bearer abcdefgh.ijk and Basic dXNlcjpwYXNz", {
      fields: { tokens: 3, monkey: "x", tokenize: true, note: "x".repeat(600) },
    });
    const { message, fields } = boundLine(said);
    expect(message).toBe("sent Authorization: Bearer [redacted] and Basic [redacted]");
    expect(fields).toMatchObject({ tokens: 3, monkey: "x", tokenize: true });
    expect(fields?.note).toBe(`${"x".repeat(511)}…`);
  });
});
