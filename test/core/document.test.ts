import { describe, expect, it } from "vitest";
import {
  documentChanged,
  documentExists,
  documentNotFound,
  stamped,
} from "../../src/core/document.ts";

describe("stamped", () => {
  it("adds the time of creation, in whole seconds, and the revision", () => {
    const text = stamped('{"id":"a","n":{}}', Date.UTC(2014, 5, 30, 1, 2, 3, 999), 7);
    expect(text).toBe(
      '{"id":"a","n":{},"creationTimestamp":"2014-06-30T01:02:03Z","resourceVersion":7}',
    );
  });
});

describe("what is wrong with a document", () => {
  const key = { storage: "services", id: 'a"b' };

  it.each([
    [documentNotFound(key), "not-found", 'Cannot find "a\\"b" in services'],
    [documentExists(key), "already-exists", 'Cannot create "a\\"b" in services: it exists'],
    [
      documentChanged(key, 7, 6),
      "document-changed",
      'Cannot update "a\\"b" in services: it is at 7, not 6',
    ],
  ])("is told with its code, and which one it is: %j", (failure, code, message) => {
    expect(failure).toEqual({ code, message });
  });
});
