import { describe, expect, it } from "vitest";
import { stamped } from "../../src/core/document.ts";

describe("stamped", () => {
  it("adds the time of creation, in whole seconds, and the revision", () => {
    const text = stamped('{"id":"a","n":{}}', Date.UTC(2014, 5, 30, 1, 2, 3, 999), 7);
    expect(text).toBe(
      '{"id":"a","n":{},"creationTimestamp":"2014-06-30T01:02:03Z","resourceVersion":7}',
    );
  });
});
