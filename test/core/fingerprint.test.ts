import * as fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { fingerprints, isSameRequest, meaningText } from "../../src/core/fingerprint.ts";
import { canonical, parseJson } from "../../src/core/json/json.ts";
import type { Idempotency } from "../../src/core/operation/operation.ts";
import { character } from "./characters.ts";

async function digest(text: string): Promise<string> {
  const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return btoa(String.fromCharCode(...new Uint8Array(hash)));
}

/** What a create with this body carries. */
async function carriedBy(body: string): Promise<Idempotency> {
  const json = parseJson(body);
  if (!json.ok) throw new Error(json.failure.message);
  const asked = { former: json.value.value, meaning: json.value.exact };
  return { key: "a", ...(await fingerprints(asked, digest)) };
}

/** What one of afff165 carries, and stores. */
async function formerlyCarriedBy(body: string): Promise<Idempotency> {
  return { key: "a", fingerprint: await digest(canonical(JSON.parse(body))) };
}

const account = (number: string) => `{"kind":"charge","input":{"account":${number}}}`;

describe("fingerprints", () => {
  // Computed by the code of afff165.
  test.each([
    ['{"kind":"echo","input":1}', "nJbBQk2SOkw6cFRVzc90KuZbcw/l0GsKUpeeN+eMzIA="],
    [
      '{"kind":"echo","input":{"b":[0.1,-2.5,1e21,1e-7,123456789012345],"a":{"10":"x","9":null},"é":"\\ud800\\u2028"},"labels":{"z":"1","a":"2"}}',
      "Sd8x+zQ7EUrM9PYI4rDF1oskxDY8JxxWkmmf/7ej7pk=",
    ],
  ])("of safe numbers are both what afff165 computed: %s", async (body, fingerprint) => {
    expect(await carriedBy(body)).toEqual({ key: "a", fingerprint, meaning: fingerprint });
  });

  test("of other numbers have what afff165 computed beside what they mean", async () => {
    const body = '{"kind":"echo","input":{"account":9007199254740993,"f":1e400,"z":-0,"h":100.0}}';
    const { fingerprint, meaning } = await carriedBy(body);
    expect(fingerprint).toBe("b9lf4UA8RHm3TPHmDTNK3N9RUp5Bc6uos2M4UUMAwaE=");
    expect(meaning).not.toBe(fingerprint);
  });

  test("of a request without numbers that a double changes are made with one digest", async () => {
    const digested: string[] = [];
    const count = async (text: string) => String(digested.push(text));
    const value = { b: 1, a: 2 };
    const once = await fingerprints({ former: value, meaning: value }, count);
    expect(once).toEqual({ fingerprint: "1", meaning: "1" });
    await fingerprints({ former: value, meaning: { b: 1, a: 3 } }, count);
    expect(digested).toEqual(['{"a":2,"b":1}', '{"a":2,"b":1}', '{"a":3,"b":1}']);
  });

  test("are those of afff165 for every value whose numbers are safe, whatever its writing", () => {
    const value = fc.jsonValue({ maxDepth: 4, stringUnit: character });
    fc.assert(
      fc.property(value, (any) => {
        const text = canonical(any).replace(/(?<=[[,:])(-?\d+)(?=[\],}])/g, "$1.0e0");
        const json = parseJson(text);
        if (!json.ok) return;
        expect(meaningText(json.value.exact)).toBe(canonical(JSON.parse(text)));
      }),
      { seed: 93, numRuns: 400 },
    );
  });
});

describe("meaningText", () => {
  const meaningOf = (text: string) => {
    const json = parseJson(text);
    if (!json.ok) throw new Error(json.failure.message);
    return meaningText(json.value.exact);
  };

  test.each([
    ["1e2", "100"],
    ["100.0", "100"],
    ["1E+2", "100"],
    ["-0.0", "0"],
    ["9007199254740993.0", "9007199254740993"],
    ["10e400", "1e401"],
    ['{"a":1.0,"b":2}', '{"b":2.0,"a":1}'],
  ])("of %s is that of %s", (one, other) => {
    expect(meaningOf(one)).toBe(meaningOf(other));
  });

  test.each([
    ["9007199254740992", "9007199254740993"],
    ["1e400", "1e401"],
    ["1e400", "-1e400"],
    ["1e400", "null"],
    ["1e-400", "0"],
    ["0.1", "0.10000000000000000001"],
    ["1.0", '"1.0"'],
    ["[1.0,2]", "[2,1.0]"],
  ])("of %s is not that of %s", (one, other) => {
    expect(meaningOf(one)).not.toBe(meaningOf(other));
  });

  test.each([
    ["that a double changes", (n: number) => `90071992547409${n % 90}3`],
    ["of any exponent", (n: number) => `${n}e999`],
    ["of a fraction", (n: number) => `${n}.10`],
  ])("of 10,000 numbers %s costs each no expression, no BigInt and no parsing", (_, make) => {
    const json = parseJson(`[${Array.from({ length: 10_000 }, (_item, n) => make(n)).join()}]`);
    if (!json.ok) throw new Error(json.failure.message);
    const work = [
      vi.spyOn(globalThis, "BigInt"),
      vi.spyOn(RegExp.prototype, "exec"),
      vi.spyOn(JSON, "parse"),
    ];
    const length = meaningText(json.value.exact).length;
    const counts = work.map(({ mock }) => mock.calls.length);
    vi.restoreAllMocks();
    expect([counts, length > 10_000]).toEqual([[0, 0, 0], true]);
  });

  test("writes each kind of value as canonical does", () => {
    const value = {
      b: [undefined, null, "é\u2028\ud800", true],
      a: { 10: 1, 9: {}, c: undefined },
    };
    expect(meaningText(value)).toBe(canonical(value));
  });

  test("of nothing is no text, which no value has", () => {
    expect(meaningText(undefined)).toBe("");
  });
});

describe("isSameRequest", () => {
  const [even, odd] = [account("9007199254740992"), account("9007199254740993")];

  test.each([even, odd, account("1"), account("1e400")])(
    "yes for the same request again, also across a deploy and across a rollback: %s",
    async (body) => {
      const [now, then] = [await carriedBy(body), await formerlyCarriedBy(body)];
      expect(isSameRequest(now, now)).toBe(true);
      // Old code made it, and new code retries; new code made it, and old code retries.
      expect(isSameRequest(then, now)).toBe(true);
      expect(isSameRequest(now, then)).toBe(true);
      // What old code does with what new code stored, and with what it is sent.
      expect(now.fingerprint).toBe(then.fingerprint);
    },
  );

  test.each([
    [even, odd],
    [odd, even],
    [account("1e400"), account("1e401")],
    [account("1e400"), account("null")],
  ])("no for two requests that afff165 could not tell apart: %s, %s", async (one, other) => {
    expect(isSameRequest(await carriedBy(one), await carriedBy(other))).toBe(false);
  });

  test("no for what differs to afff165 too, whoever made it", async () => {
    const [one, other] = [account("1"), account("2")];
    expect(isSameRequest(await formerlyCarriedBy(one), await carriedBy(other))).toBe(false);
    expect(isSameRequest(await carriedBy(one), await formerlyCarriedBy(other))).toBe(false);
    expect(isSameRequest(undefined, await carriedBy(one))).toBe(false);
  });
});
