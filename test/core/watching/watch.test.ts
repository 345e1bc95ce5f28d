import { describe, expect, test } from "vitest";
import { createOperation } from "../../../src/core/operation/create.ts";
import { once } from "../../../src/core/retry.ts";
import { matches, type WatchFilter } from "../../../src/core/watching/watch.ts";

const op = createOperation(
  {
    ...{ id: "a", kind: "echo", ttl: 1, deadline: 1, retry: once },
    labels: { customer: "42", empty: "" },
  },
  0,
);

const filter = (kinds: string[], ...labels: [string, string][]): WatchFilter => ({ kinds, labels });

describe("matches", () => {
  test.each([
    ["nothing in it", filter([])],
    ["its kind", filter(["echo"])],
    ["its kind among others", filter(["http", "echo"])],
    ["a label of it", filter([], ["customer", "42"])],
    ["all of its labels", filter(["echo"], ["customer", "42"], ["empty", ""])],
  ])("a filter with %s lets an operation through", (_, asked) => {
    expect(matches(op, asked)).toBe(true);
  });

  test.each([
    ["another kind", filter(["http"])],
    ["a kind that its own begins with", filter(["ech"])],
    ["another kind and its label", filter(["http"], ["customer", "42"])],
    ["another value", filter([], ["customer", "4"])],
    ["one label of it and one of another", filter([], ["customer", "42"], ["empty", "no"])],
    ["a label that it lacks", filter([], ["none", ""])],
    ["a label that every object has a member for", filter([], ["constructor", "Object"])],
  ])("a filter with %s keeps it back", (_, asked) => {
    expect(matches(op, asked)).toBe(false);
  });

  test("a label that only the prototype has is none of its labels", () => {
    const labels = Object.create({ inherited: "yes" });
    expect(matches({ ...op, labels }, filter([], ["inherited", "yes"]))).toBe(false);
  });
});
