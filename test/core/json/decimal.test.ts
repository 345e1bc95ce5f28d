import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decimalText, isSafe, isWhole } from "../../../src/core/json/decimal.ts";

const runs = { seed: 92, numRuns: 3_000 };

/** A value, digits × 10^power, and a way to write it. */
interface Number10 {
  readonly digits: bigint;
  readonly power: number;
  readonly token: string;
}

/** Few digits, so that equal values are met, and many, so that doubles change them. */
const digits = fc.oneof(
  fc.bigInt(-20n, 20n),
  fc.bigInt(-(10n ** 20n), 10n ** 20n),
  fc.bigInt(2n ** 53n - 3n, 2n ** 53n + 3n),
);

const number: fc.Arbitrary<Number10> = fc
  .record({
    digits,
    power: fc.oneof(fc.integer({ min: -4, max: 4 }), fc.integer({ min: -420, max: 420 })),
    shift: fc.nat(8),
    zeros: fc.nat(3),
    e: fc.constantFrom("e", "E", "e+", "E+"),
  })
  .map(({ digits: all, power, shift, zeros, e }) => {
    const sign = all < 0n ? "-" : "";
    const text = String(all < 0n ? -all : all) + "0".repeat(zeros);
    const padded = text.padStart(shift + 1, "0");
    const whole = padded.slice(0, padded.length - shift);
    const fraction = shift === 0 ? "" : `.${padded.slice(padded.length - shift)}`;
    const exponent = power - zeros + shift;
    const tail = exponent === 0 ? "" : `${exponent < 0 ? "e" : e}${exponent}`;
    const token = `${sign}${whole.replace(/^0+(?=\d)/, "")}${fraction}${tail}`;
    return { digits: all, power, token };
  });

/** A value times 10^500, which makes all of them integers. */
function scaled({ digits: all, power }: Pick<Number10, "digits" | "power">): bigint {
  return all * 10n ** BigInt(power + 500);
}

/** What JSON.stringify writes of a double, as a value. */
function ofDouble(double: number): bigint {
  const [mantissa = "", power = "0"] = String(double).split("e");
  const [whole = "", fraction = ""] = mantissa.split(".");
  return scaled({ digits: BigInt(whole + fraction), power: Number(power) - fraction.length });
}

describe("decimalText", () => {
  test("is the same for two numbers if and only if their values are", () => {
    fc.assert(
      fc.property(number, number, (a, b) => {
        expect(decimalText(a.token) === decimalText(b.token)).toBe(scaled(a) === scaled(b));
      }),
      runs,
    );
  });

  test("is a number of that value", () => {
    fc.assert(
      fc.property(number, (a) => {
        const [all = "", power = "0"] = decimalText(a.token).split("e");
        expect(scaled({ digits: BigInt(all), power: Number(power) })).toBe(scaled(a));
        expect(Number(decimalText(a.token)) + 0).toBe(Number(a.token) + 0);
      }),
      runs,
    );
  });

  test.each([
    ["100", "1e2"],
    ["1E2", "1e2"],
    ["100.0", "1e2"],
    ["-0.0", "0"],
    ["0e99", "0"],
    ["-12.50", "-125e-1"],
    ["1e00000000000000000000000000000000000000000000400", "1e400"],
    ["10e99999999999999999999", "1e100000000000000000000"],
  ])("of %s is %s", (token, text) => {
    expect(decimalText(token)).toBe(text);
  });

  test.each([
    [300, true],
    [301, false],
  ])("of an exponent of %i digits tells one value in two writings: %s", (length, isTold) => {
    const [less, more] = [`8${"9".repeat(length - 1)}`, `9${"0".repeat(length - 1)}`];
    expect(decimalText(`10e${less}`) === decimalText(`1e${more}`)).toBe(isTold);
  });

  test("of an exponent of a million digits is cheap, and its own", () => {
    const nines = "9".repeat(1_000_000);
    expect(decimalText(`1e${nines}`)).toBe(decimalText(`1e${nines}`));
    expect(decimalText(`1e${nines}`)).not.toBe(decimalText(`10e${nines}`));
    expect(decimalText(`1e${nines}`)).not.toBe(decimalText(`1e-${nines}`));
  });
});

describe("isSafe", () => {
  test("says whether a double is written back with the same value", () => {
    fc.assert(
      fc.property(number, (a) => {
        const double = Number(a.token);
        const isKept = Number.isFinite(double) && ofDouble(double) === scaled(a);
        expect(isSafe(a.token)).toBe(isKept);
      }),
      runs,
    );
  });

  test.each(["9007199254740993", "1e400", "-1e400", "1e-400", "0.10000000000000000001"])(
    "no for %s",
    (token) => {
      expect(isSafe(token)).toBe(false);
    },
  );

  test.each(["9007199254740992", "0.1", "1e23", "-0", "100.00", "5e-324"])(
    "yes for %s",
    (token) => {
      expect(isSafe(token)).toBe(true);
    },
  );
});

describe("isWhole", () => {
  test("says whether a number is an integer, however it is written", () => {
    fc.assert(
      fc.property(number, (a) => {
        expect(isWhole(a.token)).toBe(scaled(a) % 10n ** 500n === 0n);
      }),
      runs,
    );
  });
});
