import { describe, expect, it } from "vitest";
import { statsTables } from "../../src/cli/commands/stats.ts";
import { fakeScreen } from "./fake-screen.ts";

const stats = {
  operations: { total: 0, byStatus: {}, byKind: {} },
  attempts: 0,
  waiters: 0,
  kinds: {},
  requests: {},
};

const screen = fakeScreen();

describe("statsTables", () => {
  it("counts spans where there have been any", () => {
    const spans = { exported: 41, dropped: 7 };
    expect(statsTables({ ...stats, spans }, screen)).toMatch(/SPANS EXPORTED +DROPPED\n41 +7$/);
  });

  it.each([
    ["of a service that does not say", {}],
    ["of one without a collector", { spans: { exported: 0, dropped: 0 } }],
  ])("says nothing of them %s", (_, more) => {
    expect(statsTables({ ...stats, ...more }, screen)).not.toContain("SPANS");
  });
});
