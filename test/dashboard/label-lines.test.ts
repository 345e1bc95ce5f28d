import { describe, expect, it } from "vitest";
import { failed, ok } from "../../src/base/result.ts";
import { readLabels, writeLabels } from "../../src/dashboard/state/form/label-lines.ts";

describe("readLabels", () => {
  it.each([
    ["", {}],
    ["customer: 42", { customer: "42" }],
    ["customer=42\n\n region :eu west ", { customer: "42", region: "eu west" }],
    ["url: http://a:1/?b=c", { url: "http://a:1/?b=c" }],
    ["empty:", { empty: "" }],
  ])("reads %j", (text, labels) => {
    expect(readLabels(text)).toEqual(ok(labels));
  });

  it.each(["customer", ": 42", "a b: c"])("does not take %j", (text) => {
    expect(readLabels(text)).toEqual(failed(`must be name: value, not ${JSON.stringify(text)}`));
  });

  it("gives back what writeLabels wrote", () => {
    const labels = { customer: "42", url: "http://a:1/?b=c" };
    expect(readLabels(writeLabels(labels))).toEqual(ok(labels));
  });
});
