import { describe, expect, it } from "vitest";
import { maxShownPath, requestText, upstreamRequest } from "../../src/core/upstream-request.ts";

describe("upstreamRequest", () => {
  it("bounds the path", () => {
    const request = { name: "crm", method: "GET" };
    const most = `/${"a".repeat(maxShownPath - 1)}`;
    expect(upstreamRequest({ ...request, path: most })).toEqual({ ...request, path: most });
    expect(upstreamRequest({ ...request, path: `${most}b` })).toEqual({
      ...request,
      path: `${most}…`,
    });
  });
});

describe("requestText", () => {
  it("is one line, with the status once there is one", () => {
    const request = { name: "crm", method: "PUT", path: "/a/b" };
    expect(requestText(request)).toBe("PUT crm/a/b");
    expect(requestText({ ...request, status: 404 })).toBe("PUT crm/a/b → 404");
  });
});
