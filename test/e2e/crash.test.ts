import { beforeAll, describe, expect, it } from "vitest";
import { crash } from "./crash.ts";
import type { CrashReport } from "./crash-ledger.ts";

// Fewer rounds than `npm run crash`, on the same code.
const rounds = 3;

describe("kill -9 of workerd under load", () => {
  let report: CrashReport;
  beforeAll(async () => {
    report = await crash({ rounds, writers: 16 });
  }, 180_000);

  it("found work under way", () => {
    expect(report.acknowledged).toBeGreaterThan(30 * rounds);
    expect(report.cutOff).toBeGreaterThan(0);
    expect(report.retried).toBeGreaterThan(0);
    expect(report.results).toBeGreaterThan(30 * rounds);
  });

  it("loses no operation whose 202 or 200 was received", () => {
    expect(report.lost).toBe(0);
  });

  it("gives no id twice, and makes one operation for one Idempotency-Key", () => {
    expect(report.repeated).toBeGreaterThan(0);
    expect(report.duplicated).toBe(0);
  });

  it("tells every webhook how its operation ended", () => {
    expect(report.told).toBeGreaterThan(10 * rounds);
    expect(report.untold).toBe(0);
  });

  it("hands each attempt to one worker, and keeps what was completed", () => {
    expect(report.claimed).toBeGreaterThan(report.completed);
    expect(report.completed).toBeGreaterThan(10);
  });

  it("ends all unfinished work with nobody asking", () => {
    expect(report.unfinished).toBe(0);
  });

  it("leaves every operation as it should have ended, with the right result", () => {
    expect(report.violations).toEqual([]);
  });
});
