import { describe, expect, it } from "vitest";
import { onceFailed } from "./once-failed.ts";
import { told } from "./report.ts";
import { run } from "./turn.ts";

describe("what once failed", () => {
  it.each(onceFailed)("$name", async ({ plan }) => {
    const result = await run(plan);
    expect(result.violation && told(result)).toBeUndefined();
  });
});
