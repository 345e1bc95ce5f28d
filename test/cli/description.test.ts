import { describe, expect, it } from "vitest";
import { description } from "../../src/cli/output/description.ts";
import { logText } from "../../src/cli/output/log-text.ts";
import type { Attempt, LogLine, Operation } from "../../src/client/index.ts";
import { fakeScreen } from "./fake-screen.ts";

const now = Date.parse("2026-11-26T09:10:00.000Z");
const at = (seconds: number) => new Date(now - 60_000 + 1_000 * seconds).toISOString();

const operation = {
  id: "op1",
  kind: "onboard",
  status: "failed",
  labels: { customer: "42" },
  metadata: {},
  attempt: 2,
  version: 7,
  createdAt: at(0),
  startedAt: at(0),
  updatedAt: at(30),
  finishedAt: at(30),
  deadlineAt: at(900),
  expiresAt: at(86_430),
  error: { code: "refused", message: "Not approved" },
} as unknown as Operation;

const line = (number: number, more: Partial<LogLine> = {}): LogLine => ({
  line: number,
  time: at(number),
  level: "info",
  message: `line ${number}`,
  ...more,
});

const attempts: readonly Attempt[] = [
  {
    attempt: 1,
    startedAt: at(0),
    endedAt: at(10),
    outcome: "interrupted",
    error: { code: "interrupted", message: "Attempt 1 was lost" },
    steps: [],
    progress: [],
    log: [],
  },
  {
    attempt: 2,
    startedAt: at(12),
    endedAt: at(30),
    outcome: "failed",
    error: { code: "internal", message: "It broke", stack: "TypeError: x\n    at run" },
    worker: "gpu-7",
    steps: [
      { name: "customer", type: "step", startedAt: at(12), endedAt: at(15), tries: 2 },
      { name: "cool off", type: "sleep", startedAt: at(15), until: at(20) },
    ],
    progress: [{ time: at(14), percentComplete: 40, statusMessage: "half" }],
    log: Array.from({ length: 12 }, (_, index) => line(index + 1)),
  },
];

describe("description", () => {
  it("tells an operation and its attempts, with steps and the end of the log", () => {
    expect(description(operation, attempts, fakeScreen(), now).split("\n")).toEqual([
      "ID:        op1",
      "Kind:      onboard",
      "Status:    failed",
      "Message:   refused: Not approved",
      "Labels:    customer=42",
      "Version:   7",
      "Created:   2026-11-26T09:09:00.000Z (60s ago)",
      "Started:   2026-11-26T09:09:00.000Z (60s ago)",
      "Finished:  2026-11-26T09:09:30.000Z (30s ago)",
      "Expires:   2026-11-27T09:09:30.000Z (in 23h)",
      "Attempts:",
      "  Attempt 1",
      "    Outcome:  interrupted",
      "    Started:  2026-11-26T09:09:00.000Z",
      "    Took:     10s",
      "    Error:    interrupted: Attempt 1 was lost",
      "  Attempt 2",
      "    Outcome:   failed",
      "    Started:   2026-11-26T09:09:12.000Z",
      "    Took:      18s",
      "    Worker:    gpu-7",
      "    Error:     internal: It broke",
      "    Progress:  40% half",
      "    Stack:",
      "      TypeError: x",
      "          at run",
      "    Steps:",
      "      customer: 3s, 2 tries",
      "      cool off: sleep, until 2026-11-26T09:09:20.000Z",
      "    Log (the last 10; kubecfg logs shows all):",
      ...Array.from({ length: 10 }, (_, index) => `      ${at(index + 3)} INFO line ${index + 3}`),
    ]);
    expect(description(operation, [], fakeScreen(), now)).toMatch(/\nAttempts:\n {2}none yet$/);
  });

  it("tells the deadline of one that has not ended, or when it wakes: a sleep stops the deadline", () => {
    const pending = { ...operation, status: "pending", error: undefined };
    const told = (more: object) =>
      description({ ...pending, ...more } as Operation, [], fakeScreen(), now).split("\n");
    expect(told({ startAt: at(90) })).toContain("Deadline:  2026-11-26T09:24:00.000Z (in 14m)");
    const asleep = told({ startAt: at(90), deadlineAt: at(90) });
    expect(asleep.find((fact) => /^(Wakes|Deadline)/.test(fact))).toMatch(
      /^Wakes: +2026-11-26T09:10:30.000Z \(in 30s\)$/,
    );
  });

  it("tells the result of one that succeeded, as far as it is not long, and how to get it otherwise", () => {
    const succeeded = { ...operation, status: "succeeded", error: undefined };
    const told = (more: object) => {
      const text = description({ ...succeeded, ...more } as Operation, [], fakeScreen(), now);
      return text.slice(text.indexOf("\nResult") + 1, text.indexOf("\nAttempts:"));
    };
    expect(told({ result: { rows: 17 } })).toBe('Result:\n  {\n    "rows": 17\n  }');
    expect(told({ result: null })).toBe("Result:\n  null");
    const long = Array.from({ length: 30 }, (_, index) => index);
    expect(told({ result: long }).split("\n")).toEqual([
      "Result (the first 20 lines; kubecfg result op1 has all):",
      "  [",
      ...long.slice(0, 19).map((number) => `    ${number},`),
    ]);
    expect(told({})).toBe("Result (kubecfg result op1 has it)");
    const largeResult = { mediaType: "application/pdf", size: 9_000_000, storage: "bucket" };
    expect(told({ largeResult })).toBe(
      "Result (application/pdf, 9000000 bytes; kubecfg result op1 has it)",
    );
  });

  it("tells what it reruns, its priority and its trace", () => {
    const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    const more = { rerunOf: "op0", priority: 0, traceparent };
    expect(description({ ...operation, ...more }, [], fakeScreen(), now)).toContain(
      "Priority:  0\nRerun of:  op0\nTrace:     0af7651916cd43dd8448eb211c80319c\n",
    );
  });

  it("tells what became of undoing steps", () => {
    const step = { type: "step", startedAt: at(12), endedAt: at(15) } as const;
    const error = { code: "stuck", message: "No way" };
    const attempt: Attempt = {
      attempt: 1,
      startedAt: at(12),
      steps: [
        { ...step, name: "a", undo: { state: "due" } },
        { ...step, name: "b", undo: { state: "undone", endedAt: at(20), attempt: 2 } },
        { ...step, name: "c", undo: { state: "not_undone", attempt: 2, error } },
      ],
      progress: [],
      log: [],
    };
    const undoing: Attempt = { ...attempt, attempt: 2, undoing: true, steps: [] };
    const told = description(operation, [attempt, undoing], fakeScreen(), now);
    expect(told).toContain("      a: 3s\n      b: 3s, undone by attempt 2\n");
    expect(told).toContain("      c: 3s, not undone (stuck: No way)\n");
    expect(told).toMatch(/Attempt 2\n {4}Outcome: {2}undoing\n/);
  });

  it("is text whatever work wrote: nothing starts a line or moves the cursor", () => {
    const evil = "a\u001b[2J\u202eb\nStatus: succeeded\r";
    const hostile = { ...operation, kind: evil, labels: { [evil]: evil }, metadata: { evil } };
    const told = {
      ...attempts[1],
      worker: evil,
      error: { code: evil, message: evil, stack: evil },
    };
    const steps = [{ name: evil, type: "step", startedAt: at(1) }];
    const log = [line(1, { message: evil, fields: { [evil]: evil } })];
    const text = description(
      hostile as Operation,
      [{ ...told, steps, log } as Attempt],
      fakeScreen(),
      now,
    );
    // biome-ignore lint/suspicious/noControlCharactersInRegex: it is what must not be there
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/);
    expect(text.split("\n").filter((one) => one.startsWith("Status:"))).toEqual([
      "Status:    failed",
    ]);
  });
});

describe("logText", () => {
  it("tells when, how severe, what, and fields as they are told apart", () => {
    const fields = { rows: 3, ok: true, name: "a b", none: "" };
    expect(logText(line(1, { level: "warning", fields }), fakeScreen())).toBe(
      `${at(1)} WARNING line 1 rows=3 ok=true name="a b" none=""`,
    );
  });
});
