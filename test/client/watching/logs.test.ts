import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { AttemptNews } from "../../../src/client/index.ts";
import { event, FakeService, json, Line, problem, read } from "../fake-service.ts";

beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(Math, "random").mockReturnValue(0);
});

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const pass = (milliseconds: number) => vi.advanceTimersByTimeAsync(milliseconds);
const time = "2026-11-26T09:00:00.000Z";
const line = (number: number) =>
  ({ line: number, time, level: "info", message: `m${number}` }) as const;
const lines = (first: number, last: number) =>
  Array.from({ length: last - first + 1 }, (_, index) => line(first + index));
const attempt = (number: number, first: number, last: number) => ({
  attempt: number,
  log: lines(first, last),
});
const attempts = (...all: object[]) => json({ attempts: all });
const news = (of: AttemptNews) =>
  `event: attempt\ndata: ${JSON.stringify({ id: "op1", ...of })}\n\n`;
const ended = { status: "succeeded" };
const told = (items: readonly { attempt: number; line: number }[]) =>
  items.map((item) => `${item.attempt}/${item.line}`);

describe("OperationsClient.logs", () => {
  it("tells what is kept, attempt after attempt, and ends", async () => {
    const service = new FakeService(attempts(attempt(1, 4, 5), attempt(2, 1, 2)));
    const { items, ended: end } = read(service.client.logs("op1"));
    expect(await end).toBe("end");
    expect(told(items)).toEqual(["1/4", "1/5", "2/1", "2/2"]);
    expect(items[0]).toEqual({ attempt: 1, ...line(4) });
    expect(service.sent.map(({ path }) => path)).toEqual(["/operations/op1/attempts"]);
  });

  it("follows what comes, each line once, and reads again where some is missing", async () => {
    const stream = new Line(": watching\n\n", event(1));
    const service = new FakeService(
      stream.answer,
      attempts(attempt(1, 1, 2)),
      attempts(attempt(1, 1, 9)),
      attempts(attempt(1, 1, 9), attempt(2, 1, 1)),
      attempts(attempt(1, 1, 9), attempt(2, 1, 3)),
    );
    const { items, ended: end } = read(service.client.logs("op1", { follow: true }));
    await pass(10);
    expect(told(items)).toEqual(["1/1", "1/2"]);
    stream.write(news({ attempt: 1, log: lines(2, 4) }));
    await pass(10);
    expect(told(items)).toEqual(["1/1", "1/2", "1/3", "1/4"]);
    expect(service.sent).toHaveLength(2);
    stream.write(news({ attempt: 1, log: lines(8, 8) }) + news({ attempt: 1, step: "charge" }));
    await pass(10);
    expect(told(items.slice(4))).toEqual(["1/5", "1/6", "1/7", "1/8", "1/9"]);
    stream.write(news({ attempt: 2, log: lines(1, 1) }));
    await pass(10);
    stream.write(event(2, ended));
    expect(await end).toBe("end");
    expect(told(items.slice(9))).toEqual(["2/1", "2/2", "2/3"]);
    expect(service.sent[0]?.path).toBe("/operations/op1/events?attempts=true");
  });

  it("reads again once a line that broke is mended", async () => {
    const first = new Line(": watching\n\n", event(1));
    const second = new Line(": watching\n\n");
    const service = new FakeService(
      first.answer,
      attempts(attempt(1, 1, 1)),
      second.answer,
      attempts(attempt(1, 1, 3)),
      attempts(attempt(1, 1, 4)),
    );
    const { items, ended: end } = read(service.client.logs("op1", { follow: true }));
    await pass(10);
    first.breakOff();
    await pass(500);
    expect(told(items)).toEqual(["1/1", "1/2", "1/3"]);
    second.write(event(2, ended));
    expect(await end).toBe("end");
    expect(told(items)).toEqual(["1/1", "1/2", "1/3", "1/4"]);
  });

  it("rejects for an operation that is not there, and leaves its stream with the loop", async () => {
    const gone = new FakeService(problem(404, "operation-not-found"));
    expect(await read(gone.client.logs("op1", { follow: true })).ended).toMatchObject({
      code: "operation-not-found",
    });
    const stream = new Line(": watching\n\n", event(1));
    const service = new FakeService(stream.answer, attempts(attempt(1, 1, 1)));
    for await (const { line: number } of service.client.logs("op1", { follow: true })) {
      expect(number).toBe(1);
      break;
    }
    await pass(10);
    expect(stream.isLeft).toBe(true);
  });
});
