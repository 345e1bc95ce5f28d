import { describe, expect, it } from "vitest";
import type { Attempt, Operation } from "../../src/client/index.ts";
import { withLines } from "../../src/dashboard/state/operation/attempt-lines.ts";
import { isProblem, logOf, logText } from "../../src/dashboard/state/operation/log.ts";
import { ProgressLog } from "../../src/dashboard/state/operation/progress-log.ts";

const start = Date.UTC(2030, 0, 1);
const at = (second: number) => new Date(start + second * 1_000).toISOString();

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

const attempt = (number: number, from: number, more: Partial<Attempt> = {}): Attempt => ({
  attempt: number,
  startedAt: at(from),
  steps: [],
  progress: [],
  log: [],
  ...more,
});

const line = (second: number, number: number, message = `line ${number}`) =>
  ({ time: at(second), line: number, level: "info", message }) as const;

function told(states: readonly Operation[], attempts: readonly Attempt[] = []): unknown[] {
  const log = new ProgressLog();
  for (const state of states) log.note(state);
  const last = states.reduce((a, b) => (a.version > b.version ? a : b));
  return logOf(last, attempts, log.of("01m8")).map(({ at: time, title, detail }) => [
    (time - start) / 1_000,
    title,
    ...(detail === undefined ? [] : [detail]),
  ]);
}

const finish = { status: "succeeded", finishedAt: at(9), expiresAt: at(99) };

describe("logOf", () => {
  it("tells a life: created, started, each progress, the end", () => {
    const states = [
      operation(1, 1),
      operation(2, 3, { percentComplete: 20, statusMessage: "read" }),
      operation(3, 5, { percentComplete: 60, statusMessage: "read" }),
      operation(4, 9, { percentComplete: 60, statusMessage: "read", ...finish }),
    ];
    const expected = [
      [0, "Created"],
      [1, "Started"],
      [3, "20%", "read"],
      [5, "60%", "read"],
      [9, "Succeeded"],
    ];
    expect(told(states)).toEqual(expected);
    expect(told([...states].reverse())).toEqual(expected);
    expect(told([...states, ...states])).toEqual(expected);
  });

  it("has what the attempts reported and logged between, and each report once", () => {
    const report = { time: at(3), percentComplete: 20, statusMessage: "read" };
    const log = [line(2, 1), line(4, 2)];
    const attempts = [attempt(1, 1, { progress: [report], log })];
    const states = [operation(1, 1), operation(2, 3, { ...report, version: 2 })];
    expect(told(states, attempts)).toEqual([
      [0, "Created"],
      [1, "Started"],
      [2, "line 1"],
      [3, "20%", "read"],
      [4, "line 2"],
    ]);
  });

  it("has of percentages in a row, without words, only the last", () => {
    const percent = (second: number, percentComplete: number, statusMessage?: string) => ({
      time: at(second),
      percentComplete,
      ...(statusMessage !== undefined && { statusMessage }),
    });
    const progress = [percent(2, 10), percent(3, 20), percent(5, 30), percent(6, 40, "half")];
    const attempts = [attempt(1, 1, { progress, log: [line(4, 1)] })];
    expect(told([operation(1, 1)], attempts).slice(2)).toEqual([
      [3, "20%"],
      [4, "line 1"],
      [5, "30%"],
      [6, "40%", "half"],
    ]);
  });

  it("tells of failed attempts, of resumed ones, and of a failure with its code", () => {
    const error = { code: "upstream", message: "No answer" };
    const attempts = [
      attempt(1, 1, { outcome: "failed", endedAt: at(4), error }),
      attempt(2, 6, { outcome: "parked", endedAt: at(7) }),
      attempt(3, 8, { outcome: "failed", endedAt: at(9), error }),
    ];
    const failed = { ...finish, status: "failed", error, attempt: 3 };
    expect(told([operation(4, 9, failed)], attempts)).toEqual([
      [0, "Created"],
      [1, "Started"],
      [4, "Attempt 1 failed", "upstream: No answer"],
      [6, "Attempt 2 started"],
      [8, "Attempt 3 resumed"],
      [9, "Failed", "upstream: No answer"],
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
      [0, "Created"],
      [1, "Started"],
      [2, "Asked for input", "Which?"],
      [4, "Answered"],
      [6, "Cancel requested"],
    ]);
    const ask = { name: "approval", type: "ask", startedAt: at(2), endedAt: at(4) } as const;
    const stored = told(states.slice(0, 3), [attempt(1, 1, { steps: [ask] })]);
    expect(stored.slice(2)).toEqual([
      [2, "Asked for input", "approval"],
      [4, "Answered", "approval"],
    ]);
  });
});

describe("the entries of a log", () => {
  const error = { code: "upstream", message: "No answer" };
  const fields = { rows: 17, source: "pg" };
  const log = [
    { ...line(2, 1), fields },
    { ...line(3, 2, "slow"), level: "warning" as const },
  ];
  const attempts = [attempt(1, 1, { outcome: "failed", endedAt: at(4), error, log })];
  const entries = logOf(operation(4, 9, { status: "pending" }), attempts, []);

  it("are problems if they are failures, or lines of level warning or above", () => {
    expect(entries.filter(isProblem).map(({ title }) => title)).toEqual([
      "slow",
      "Attempt 1 failed",
    ]);
  });

  it("are copied as lines, each with its time in UTC", () => {
    expect(logText(entries).split("\n")).toEqual([
      "2030-01-01T00:00:00.000Z Created",
      "2030-01-01T00:00:01.000Z Started",
      "2030-01-01T00:00:02.000Z info line 1 rows=17 source=pg",
      "2030-01-01T00:00:03.000Z warning slow",
      "2030-01-01T00:00:04.000Z Attempt 1 failed upstream: No answer",
    ]);
  });
});

describe("withLines", () => {
  const known = [attempt(1, 1, { log: [line(2, 1), line(3, 2)] })];

  it("adds the lines that are new, each once, and keeps the last 200", () => {
    const lines = (news: Parameters<typeof withLines>[1]) =>
      withLines(known, news)?.[0]?.log.map((one) => one.line);
    expect(lines({ attempt: 1, log: [line(3, 2), line(4, 3)] })).toEqual([1, 2, 3]);
    const many = Array.from({ length: 300 }, (_, index) => line(4, index + 3));
    const kept = lines({ attempt: 1, log: many });
    expect([kept?.length, kept?.[0], kept?.at(-1)]).toEqual([200, 103, 302]);
  });

  it("says that they have to be read again after a gap, a step, and for another attempt", () => {
    expect(withLines(known, { attempt: 1, log: [line(9, 4)] })).toBeUndefined();
    expect(withLines(known, { attempt: 1, step: "a" })).toBeUndefined();
    expect(withLines(known, { attempt: 2, log: [line(9, 1)] })).toBeUndefined();
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
