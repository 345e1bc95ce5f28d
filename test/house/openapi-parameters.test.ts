import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { parameters } from "../../src/dialects/native/openapi/parameters.ts";
import { sourceFiles } from "./imports.ts";

const src = path.resolve(import.meta.dirname, "../../src");

/** What the native API reads of requests, by the text of its source; the wire of 2014 is not described. */
function read(pattern: RegExp): string[] {
  const files = sourceFiles(src).filter((file) =>
    /^(?:edge|map|dialects\/(?!kubernetes)[\w-]+)\//.test(file),
  );
  const found = files.flatMap((file) =>
    [...readFileSync(path.join(src, file), "utf8").matchAll(pattern)].map(([, name]) => name),
  );
  return [...new Set(found.map((name) => name?.toLowerCase() ?? ""))];
}

function documented(place: string): string[] {
  const found = Object.values(parameters).filter((parameter) => parameter.in === place);
  return [...new Set(found.map(({ name }) => name.toLowerCase()))];
}

describe("the parameters of the OpenAPI document", () => {
  test("are every member of a query that is read, and no other", () => {
    const found = read(/(?:query,|(?:query|searchParams)\.(?:get|getAll|has)\() ?"(\w+)"/g);
    // The ticket is a security scheme.
    expect(found.filter((name) => name !== "ticket").sort()).toEqual(documented("query").sort());
  });

  test("are every header of a request that is read, but for HTTP's own", () => {
    const own = [
      "access-control-request-method",
      "authorization",
      // Of Cloudflare, not of a client.
      "cf-connecting-ip",
      "connection",
      "content-encoding",
      "content-length",
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
    const found = read(/(?:headers|asked)\.(?:get|has)\("([\w-]+)"\)/g);
    const named = ["idempotency-key", "operation-id"];
    expect(documented("header").sort()).toEqual(
      [...found.filter((name) => ![...own, ...answered].includes(name)), ...named].sort(),
    );
  });
});
