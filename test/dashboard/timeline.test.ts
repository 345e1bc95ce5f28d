import { describe, expect, it } from "vitest";
import type { Operation } from "../../src/client/index.ts";
import { ProgressLog } from "../../src/dashboard/state/operation/progress-log.ts";
import { timelineOf } from "../../src/dashboard/state/operation/timeline.ts";

const at = (second: number) => new Date(Date.UTC(2030, 0, 1) + second * 1_000).toISOString();

function operation(version: number, second: number, more: object = {}): Operation {
  return {
    id: "01m8",
    kind: "simulate",
    status: "running",
    labels: {},
    metadata: {},
    attempt: 1,
    version,
    createdAt: at(0),
    startedAt: at(1),
    updatedAt: at(second),
    deadlineAt: at(900),
    links: { self: "", result: "", events: "", watch: "", cancel: "" },
    ...more,
  } as Operation;
}

function told(states: readonly Operation[]): unknown[] {
  const log = new ProgressLog();
  for (const state of states) log.note(state);
  const last = states.reduce((a, b) => (a.version > b.version ? a : b));
  return timelineOf(last, log.of("01m8")).map(({ at: time, type, title, detail }) => [
    (time - Date.UTC(2030, 0, 1)) / 1_000,
    type,
    title,
    ...(detail === undefined ? [] : [detail]),
  ]);
}

const finish = { status: "succeeded", finishedAt: at(9), expiresAt: at(99) };

describe("timelineOf", () => {
  it("tells a life: created, started, each progress, the end, and when it is gone", () => {
    const states = [
      operation(1, 1),
      operation(2, 3, { percentComplete: 20, statusMessage: "read" }),
      operation(3, 5, { percentComplete: 60, statusMessage: "read" }),
      operation(4, 9, { percentComplete: 60, statusMessage: "read", ...finish }),
    ];
    expect(told(states)).toEqual([
      [0, "created", "Created"],
      [1, "started", "Started"],
      [3, "progress", "20%", "read"],
      [5, "progress", "60%", "read"],
      [9, "finished", "Succeeded"],
      [99, "expires", "Expires"],
    ]);
  });

  it("is the same in whatever order and however often the states came", () => {
    const states = [
      operation(2, 3, { percentComplete: 20 }),
      operation(3, 5, { percentComplete: 60 }),
      operation(4, 9, finish),
    ];
    expect(told([...states].reverse())).toEqual(told(states));
    expect(told([...states, ...states])).toEqual(told(states));
  });

  it("tells of a retry, of a failure with its code, and of a deadline to come", () => {
    const states = [
      operation(1, 1),
      operation(2, 4, { status: "pending", attempt: 1, statusMessage: "Attempt 1 failed" }),
      operation(3, 6, { attempt: 2 }),
    ];
    expect(told(states)).toEqual([
      [0, "created", "Created"],
      [1, "started", "Started"],
      [4, "progress", "Progress", "Attempt 1 failed"],
      [6, "retried", "Attempt 2 began"],
      [900, "deadline", "Deadline"],
    ]);
    const failed = operation(4, 8, {
      status: "failed",
      attempt: 2,
      finishedAt: at(8),
      expiresAt: at(98),
      error: { code: "upstream", message: "No answer" },
    });
    expect(told([...states, failed]).slice(-2)).toEqual([
      [8, "finished", "Failed", "upstream: No answer"],
      [98, "expires", "Expires"],
    ]);
  });

  it("tells what was asked, that it was answered, and that somebody asked to cancel", () => {
    const states = [
      operation(1, 1),
      operation(2, 2, {
        status: "input_required",
        inputRequest: { message: "Which?", schema: {} },
      }),
      operation(3, 4),
      operation(4, 6, { cancelRequestedAt: at(6) }),
    ];
    expect(told(states)).toEqual([
      [0, "created", "Created"],
      [1, "started", "Started"],
      [2, "asked", "Asked for input", "Which?"],
      [4, "answered", "Answered"],
      [6, "cancel-requested", "Cancel requested"],
      [900, "deadline", "Deadline"],
    ]);
  });
});

describe("ProgressLog", () => {
  it("remembers the first and the latest changes of one operation, and not without bounds", () => {
    const log = new ProgressLog();
    for (let version = 1; version <= 1_000; version++) log.note(operation(version, version));
    const versions = log.of("01m8").map(({ version }) => version);
    expect(versions).toHaveLength(200);
    expect([versions[0], versions[1], versions.at(-1)]).toEqual([1, 802, 1_000]);
  });

  it("forgets the operations that it has known longest", () => {
    const log = new ProgressLog();
    for (let index = 0; index <= 5_000; index++) log.note({ ...operation(1, 1), id: `id${index}` });
    expect([log.of("id0").length, log.of("id1").length, log.of("id5000").length]).toEqual([
      0, 1, 1,
    ]);
  });
});
