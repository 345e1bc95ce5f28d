import path from "node:path";
import { describe, expect, test } from "vitest";
import { parameters } from "../../src/dialects/native/openapi/parameters.ts";
import { fieldsReadUnder } from "./fields.ts";

const src = path.resolve(import.meta.dirname, "../../src");

describe("the parameters of the OpenAPI document", () => {
  test("are every header of a request that is read, but for HTTP's own", () => {
    const own = [
      "accept",
      "access-control-request-method",
      "authorization",
      // Of Cloudflare, not of a client.
      "cf-connecting-ip",
      "connection",
      "content-encoding",
      "content-length",
      "content-range",
      "content-type",
      "expect",
      "host",
      "origin",
      "sec-fetch-site",
      "upgrade",
      "x-request-id",
    ];
    // Of an upstream's answer, or of an object's.
    const answered = ["cache-control", "etag", "x-position"];
    // Other dialects have descriptions of their own.
    const isDescribed = (file: string) => /^(?:edge|map|dialects\/(?:native|proxy))/.test(file);
    const found = fieldsReadUnder(src, isDescribed);
    const named = ["idempotency-key", "operation-id"];
    const documented = Object.values(parameters).filter((parameter) => parameter.in === "header");
    expect([...new Set(documented.map(({ name }) => name.toLowerCase()))].sort()).toEqual(
      [...found.filter((name) => ![...own, ...answered].includes(name)), ...named].sort(),
    );
  });
});
