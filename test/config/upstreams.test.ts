// biome-ignore-all lint/suspicious/noTemplateCurlyInString: so UPSTREAMS refers to secrets

import { describe, expect, it } from "vitest";
import { configNames, parseConfig } from "../../src/config/config.ts";
import { parseUpstreams, secretNames } from "../../src/config/upstreams.ts";

const env = { CRM_KEY: "s3cr3t-k3y", CRM_USER: "us3r", EMPTY: "", BINDING: {}, LINES: "a\nb" };

function read(upstreams: unknown) {
  const values = { ...env, UPSTREAMS: JSON.stringify(upstreams), TOKEN: "t0k3n" };
  const parsed = parseConfig(values, [], parseUpstreams);
  return parsed.ok ? parsed.value.upstreams : parsed.failure;
}

/** What is wrong, as texts without the name of the variable. */
function wrong(upstreams: unknown): string[] {
  const found = read(upstreams);
  if (!Array.isArray(found)) throw new Error("Nothing is wrong");
  const problems = found as { path: string; message: string }[];
  expect(problems.every(({ path }) => path === "UPSTREAMS")).toBe(true);
  return problems.map(({ message }) => message);
}

const url = "https://crm.test/v1/";

describe("UPSTREAMS", () => {
  it("may say what an upstream is sent, with secrets in it, and how it is asked", () => {
    const headers = {
      Authorization: "Bearer ${CRM_KEY}",
      "x-user": "${CRM_USER}:${CRM_KEY}",
      Cookie: "$a={b}; ${CRM_USER}",
    };
    const asked = { timeout: "1m30s", idempotent: true, maxConcurrent: 4 };
    expect(read({ crm: { url, headers, ...asked } })).toEqual({
      crm: {
        url: "https://crm.test/v1",
        headers: {
          authorization: "Bearer s3cr3t-k3y",
          "x-user": "us3r:s3cr3t-k3y",
          cookie: "$a={b}; us3r",
        },
        timeout: 90_000,
        idempotent: true,
        maxConcurrent: 4,
      },
    });
    expect(read({ crm: { url } })).toEqual(read({ crm: url }));
  });

  it("may send a header of one character, and one with blanks and tabs inside", () => {
    const headers = { a: "1", b: "1 \t 2", "!#$%&'*+.^_`|~-": "x" };
    expect(read({ crm: { url, headers } })).toMatchObject({ crm: { headers } });
  });

  it("tells everything that is wrong, of every upstream, header and secret", () => {
    const headers = { "a b": "x", Host: "${NO}${NOT}", ok: "${CRM_KEY}", "c d": "y", e: " ${NO}" };
    expect(wrong({ crm: { url, headers }, good: url, bad: 1, worse: "ftp://x.test" })).toEqual([
      "crm.headers: entry 1 does not have a valid header name",
      "crm.headers.host: cannot be configured",
      "crm.headers.host: the secret NO is not set",
      "crm.headers.host: the secret NOT is not set",
      "crm.headers: entry 4 does not have a valid header name",
      "crm.headers.e: the secret NO is not set",
      "crm.headers.e: must be printable ASCII, including its secrets",
      "bad: must be a URL, or an object with only url, headers, timeout, idempotent and maxConcurrent",
      "worse: must be an http(s) URL without credentials, query, fragment or .. in its path",
    ]);
  });

  it.each<readonly [string, string]>([
    ["${NOWHERE}", "the secret NOWHERE is not set"],
    ["${EMPTY}", "the secret EMPTY is not set"],
    ["${BINDING}", "the secret BINDING is not set"],
    ["${constructor}", "the secret constructor is not set"],
    ["${a-b}", "must have the name of a secret between the braces"],
    ["${}", "must have the name of a secret between the braces"],
    ["${1A}", "must have the name of a secret between the braces"],
    ["${A b}", "must have the name of a secret between the braces"],
    ["${CRM_KEY} ", "must be printable ASCII, including its secrets"],
    ["${LINES}", "must be printable ASCII, including its secrets"],
    ["", "must be printable ASCII, including its secrets"],
    [" ${CRM_KEY}", "must be printable ASCII, including its secrets"],
    ["é", "must be printable ASCII, including its secrets"],
    ...configNames.map(
      (name) =>
        [
          `\${${name}}`,
          `${name} is a setting of this service, and is never sent to upstreams`,
        ] as const,
    ),
  ])("the value %s is named as wrong, and not quoted", (value, message) => {
    const problems = wrong({ crm: { url, headers: { Authorization: value } } });
    expect(problems).toEqual([`crm.headers.authorization: ${message}`]);
    expect(JSON.stringify(problems)).not.toMatch(/s3cr3t|us3r|t0k3n/);
  });

  it.each([
    "Host",
    "Content-Length",
    "Connection",
    "Transfer-Encoding",
    "Accept-Encoding",
    "Idempotency-Key",
    "Operation-Id",
    "Operation-Attempt",
    "Forwarded",
    "X-Forwarded-Host",
    "Proxy-Authorization",
    "Keep-Alive",
    "Te",
    "Trailer",
    "Upgrade",
    "Expect",
  ])("the header %s is none that it sets", (name) => {
    expect(wrong({ crm: { url, headers: { [name]: "x" } } })).toEqual([
      `crm.headers.${name.toLowerCase()}: cannot be configured`,
    ]);
  });

  it.each([
    [
      { headers: { [`${"n".repeat(129)}`]: "x" } },
      "crm.headers: entry 1 does not have a valid header name",
    ],
    [{ headers: { "": "x" } }, "crm.headers: entry 1 does not have a valid header name"],
    [{ headers: { "a b": "x" } }, "crm.headers: entry 1 does not have a valid header name"],
    [{ headers: { a: "x", A: "y" } }, "crm.headers.a: is listed twice"],
    [{ headers: { a: 1 } }, "crm.headers: must be an object of names and strings"],
    [{ headers: "s3cr3t" }, "crm.headers: must be an object of names and strings"],
    [{ timeout: "soon" }, "crm.timeout: must be a duration such as 30s"],
    [{ timeout: 30 }, "crm.timeout: must be a duration such as 30s"],
    [{ idempotent: "yes" }, "crm.idempotent: must be true or false"],
    [{ maxConcurrent: 0 }, "crm.maxConcurrent: must be a whole number from 1 to 999999"],
    [{ maxConcurrent: 1_000_000 }, "crm.maxConcurrent: must be a whole number from 1 to 999999"],
    [{ maxConcurrent: 1.5 }, "crm.maxConcurrent: must be a whole number from 1 to 999999"],
    [{ maxConcurrent: "4" }, "crm.maxConcurrent: must be a whole number from 1 to 999999"],
    [{ maxConcurrent: null }, "crm.maxConcurrent: must be a whole number from 1 to 999999"],
    [{ url: "https://us3r:s3cr3t@crm.test" }, /^crm\.url: must be an http\(s\) URL without cred/],
    [{ url: 1 }, /^crm\.url: must be an http\(s\) URL without cred/],
    [{ s3cr3t: 1 }, /^crm: must be a URL, or an object with only url, headers, timeout/],
  ])("refuses %j, and tells nothing of it", (more, message) => {
    const problems = wrong({ crm: { url, ...more } });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(message);
    expect(JSON.stringify(problems)).not.toMatch(/s3cr3t|us3r/);
  });

  it.each([null, 1, true, []])("refuses the upstream %j", (upstream) => {
    expect(wrong({ crm: upstream })).toEqual([
      "crm: must be a URL, or an object with only url, headers, timeout, idempotent and maxConcurrent",
    ]);
  });

  it("refuses an upstream without a URL", () => {
    expect(wrong({ crm: {} })[0]).toMatch(/^crm\.url: must be an http/);
  });

  it.each([
    "a.b",
    "a-b",
    "a1",
    "transfer-encodings",
    "x-host",
    "operation-ids",
    "x-forward",
    "proxy",
  ])("the header %s is one that it may set", (name) => {
    expect(read({ crm: { url, headers: { [name]: "x" } } })).toMatchObject({
      crm: { headers: { [name]: "x" } },
    });
  });
});

describe("secretNames", () => {
  it("are what is referred to, once each", () => {
    const text = JSON.stringify({
      a: { url, headers: { b: "${A} ${B_1}", c: "${A} ${a b} ${}" } },
    });
    expect(secretNames(text)).toEqual(["A", "B_1"]);
    expect(secretNames("")).toEqual([]);
  });
});
