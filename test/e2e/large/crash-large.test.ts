import { beforeAll, describe, expect, it } from "vitest";
import { type CrashLargeReport, crashLarge } from "./crash-large.ts";

// Fewer rounds than `npm run crash:large`, on the same code.
const rounds = 2;

describe("kill -9 of workerd while large bodies go into the bucket", () => {
  let report: CrashLargeReport;
  beforeAll(async () => {
    report = await crashLarge({ rounds, writers: 6 });
  }, 300_000);

  it("found uploads under way, which were made again or ended as interrupted", () => {
    expect(report.cutOff).toBeGreaterThan(0);
    expect(report.again + report.interrupted).toBeGreaterThan(0);
  });

  it("loses nothing that was answered, and leaves nothing in the bucket that no operation names", () => {
    expect(report.compared).toBeGreaterThan(2 * rounds);
    expect(report.uploaded).toBeGreaterThan(rounds);
    expect(report.violations).toEqual([]);
  });
});
