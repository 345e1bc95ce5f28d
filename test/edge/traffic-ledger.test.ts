import { describe, expect, test, vi } from "vitest";
import { eventually } from "../eventually.ts";
import { freshTenant, tenant } from "./fresh-tenant.ts";

freshTenant({ clock: true });

/** Requests that wait to hand in what was counted, each with its whole exchange. */
const waiting = () => vi.spyOn(scheduler, "wait").mockReturnValue(new Promise(() => {}));

const counted = async () => (await tenant.stats()).requests["/api/v1/kinds"]?.count;

describe("countRequest", () => {
  test("has one request of an interval wait to hand in, however often stats are asked for", async () => {
    const waits = waiting();
    for (let n = 1; n <= 5; n++) {
      await tenant.send("/api/v1/kinds");
      expect(await counted()).toBe(n);
    }
    expect(waits).toHaveBeenCalledTimes(1);
  });

  test("has the next one wait where the runtime has ended the one that did", async () => {
    const waits = waiting();
    await tenant.send("/api/v1/kinds");
    vi.setSystemTime(Date.now() + 31_000);
    await tenant.send("/api/v1/kinds");
    expect(waits).toHaveBeenCalledTimes(2);
    expect(await counted()).toBe(2);
  });

  test("hands in what was counted until it is due, and begins again", async () => {
    let due = () => {};
    const waits = vi
      .spyOn(scheduler, "wait")
      .mockImplementation(() => new Promise((resolve) => (due = () => resolve(undefined))));
    await tenant.send("/api/v1/kinds");
    await tenant.send("/api/v1/kinds");
    due();
    await eventually(async () => {
      await tenant.send("/api/v1/kinds");
      expect(waits).toHaveBeenCalledTimes(2);
    });
    expect(await counted()).toBeGreaterThanOrEqual(3);
  });
});
