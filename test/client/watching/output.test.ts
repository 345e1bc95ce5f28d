import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { FakeService, Line, read } from "../fake-service.ts";

beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(Math, "random").mockReturnValue(0);
});

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const pass = (milliseconds: number) => vi.advanceTimersByTimeAsync(milliseconds);
const told = (type: string, id: string, data: object) =>
  `id: ${id}\nevent: ${type}\ndata: ${JSON.stringify(data)}\n\n`;
const begin = ": output\n\n";

describe("OperationsClient.output", () => {
  it("reads on over lines that break, is told what is taken back, and ends with the operation", async () => {
    const first = new Line(begin, told("output", "1-3", { offset: 0, text: "a\nb" }));
    const second = new Line(begin, told("reset", "2-1", { offset: 1 }));
    const service = new FakeService(first.answer, second.answer);
    const { items, ended } = read(service.client.output("op1"));
    await pass(10);
    first.breakOff();
    await pass(250);
    second.write(told("output", "2-3", { offset: 1, text: "é" }));
    second.write(told("output", "2-5", { offset: 3, base64: "//4=" }));
    second.write(told("end", "2-5", { offset: 5, status: "succeeded" }));
    expect(await ended).toBe("end");
    expect(
      items.map(({ offset, text, bytes, position, isReset }) => [
        offset,
        isReset ? "reset" : text,
        [...bytes],
        position,
      ]),
    ).toEqual([
      [0, "a\nb", [97, 10, 98], "1-3"],
      [1, "reset", [], "2-1"],
      [1, "é", [0xc3, 0xa9], "2-3"],
      [3, "", [0xff, 0xfe], "2-5"],
    ]);
    const paths = service.sent.map(({ path, headers }) => [path, headers["last-event-id"]]);
    expect(paths).toEqual([
      ["/operations/op1/output", undefined],
      ["/operations/op1/output", "1-3"],
    ]);
    expect(second.isLeft).toBe(true);
  });

  it.each([
    [{ after: "2-17" }, "/operations/op1/output", "2-17"],
    [{ after: 17 }, "/operations/op1/output", "17"],
    [{ follow: false }, "/operations/op1/output?follow=false", undefined],
  ])("with %j asks for that", async (options, asked, place) => {
    const service = new FakeService(new Response(null, { status: 204 }));
    expect(await read(service.client.output("op1", options)).ended).toBe("end");
    expect(service.sent.map(({ path, headers }) => [path, headers["last-event-id"]])).toEqual([
      [asked, place],
    ]);
  });

  it.each(["", "x", -1, 1.5])("refuses to read after %j", (after) => {
    expect(() => new FakeService().client.output("op1", { after })).toThrow(RangeError);
  });
});
