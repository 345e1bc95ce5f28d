import { describe, expect, it } from "vitest";
import { journey } from "./journey.ts";
import { kills } from "./kills.ts";

// Fewer kills than `npm run journey`, on the same code.

describe("kill -9 of workerd while operations take steps", () => {
  it("ends them as if nothing had happened, and makes or undoes no step again once that was stored", async () => {
    const report = await journey({ trouble: kills, strikes: 6, wave: 8 });
    expect(report.wrong).toEqual([]);
    expect(report.strikes).toBeGreaterThanOrEqual(6);
    expect(report.operations).toBeGreaterThanOrEqual(8);
  }, 240_000);
});
