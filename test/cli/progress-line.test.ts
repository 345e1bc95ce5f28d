import { describe, expect, it } from "vitest";
import { progressBar, progressLine } from "../../src/cli/output/progress-line.ts";
import { width } from "../../src/cli/output/table.ts";
import type { Operation } from "../../src/client/index.ts";
import { fakeScreen } from "./fake-screen.ts";

const now = Date.parse("2026-11-22T08:00:11Z");

/** An operation that runs for 11 seconds by now. */
function operation(more: object = {}): Operation {
  return {
    id: "01m80evemk0000000awksfnhphmmr8",
    kind: "simulate",
    status: "running",
    percentComplete: 50,
    statusMessage: "step 2 of 4",
    startedAt: "2026-11-22T08:00:00Z",
    createdAt: "2026-11-22T08:00:00Z",
    labels: {},
    version: 1,
    ...more,
  } as unknown as Operation;
}

const lineAt = (columns: number, more: object = {}) =>
  progressLine(operation(more), fakeScreen({ columns }), now);

describe("progressBar", () => {
  it.each([
    [0, 0],
    [4.9, 0],
    [50, 10],
    [99.9, 19],
    [100, 20],
    [250, 20],
  ])("at %d percent has %d of 20 full", (percent, full) => {
    expect(progressBar(percent)).toBe("█".repeat(full) + "░".repeat(20 - full));
  });
});

describe("progressLine", () => {
  it.each([
    [100, `${"█".repeat(10)}${"░".repeat(10)}   50%  11s    step 2 of 4`],
    [92, `${"█".repeat(5)}${"░".repeat(5)}   50%  11s    step 2 of 4`],
    [86, "██░░░   50%  11s    step 2 of 4"],
    [80, " 50%  11s    step 2 of 4"],
  ])("at %d columns has a bar that leaves room for the rest", (columns, tail) => {
    expect(lineAt(columns)).toBe(`01m80evemk0000000awksfnhphmmr8  simulate  running     ${tail}`);
  });

  it("shortens the id where leaving out the bar is not enough", () => {
    expect(lineAt(70)).toBe(
      "01m80evemk0…sfnhphmmr8  simulate  running      50%  11s    step 2 of 4",
    );
  });

  it.each([
    { kind: "a-kind-with-a-long-name" },
    { status: "input_required", inputRequest: { schema: {} } },
    { startedAt: "2026-11-22T07:50:12Z" },
  ])("keeps percent, elapsed and message at 80 columns, of %j too", (more) => {
    const line = lineAt(80, { statusMessage: "step 2 of 4 and so on", ...more });
    expect(line).toMatch(/ 50% {2}(11s {2}|9m59s) {2}step 2 of/);
    expect(width(line)).toBeLessThanOrEqual(80);
  });

  it("has neither bar nor percent of what is finished, and a message at 80 columns", () => {
    const error = { code: "simulated", message: "Failed as requested" };
    const finishedAt = "2026-11-22T08:00:05Z";
    expect(lineAt(80, { status: "failed", error, finishedAt })).toBe(
      "01m80evemk0000000awksfnhphmmr8  simulate  failed      5s  simulated: Failed as …",
    );
  });

  it.each([20, 40, 60, 79])("is never wider than %d columns", (columns) => {
    expect(width(lineAt(columns))).toBeLessThanOrEqual(columns);
  });

  it("lets no status steer the terminal", () => {
    expect(lineAt(100, { status: "\u001b[31mx" })).toContain("simulate  \\x1b[31mx");
  });

  it.each([80, 100, 140])(
    "begins its message in one place at %d columns, whatever it is at",
    (columns) => {
      const at = (more: object) => {
        const line = progressLine(
          operation({ statusMessage: "~", ...more }),
          fakeScreen({ columns }),
          now,
          8,
        );
        return width(line.slice(0, line.indexOf("~")));
      };
      const places = [
        {},
        { status: "pending", startedAt: undefined, percentComplete: undefined },
        { status: "input_required", inputRequest: { schema: {} } },
        { kind: "a-kind-with-a-long-name" },
        { kind: "x", percentComplete: 100 },
        { startedAt: "2026-11-22T07:50:12Z" },
      ].map(at);
      expect(new Set(places).size).toBe(1);
      expect(places[0]).toBeGreaterThan(40);
    },
  );

  it("is the id alone where there is room for no more", () => {
    expect(lineAt(36)).toMatch(/^01m80evemk0000000awksfnhphmmr8 /);
  });
});
