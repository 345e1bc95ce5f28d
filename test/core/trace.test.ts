import { describe, expect, test } from "vitest";
import { traceHeaders, traceIdOf, traceOf } from "../../src/core/trace.ts";

const id = "4bf92f3577b34da6a3ce929d0e0e4736";
const span = "00f067aa0ba902b7";
const good = `00-${id}-${span}-01`;

const read = (traceparent?: string, tracestate?: string) =>
  traceOf(
    new Headers({
      ...(traceparent !== undefined && { traceparent }),
      ...(tracestate !== undefined && { tracestate }),
    }),
  );

describe("traceOf", () => {
  test.each([
    [good, good],
    [`00-${id}-${span}-00`, `00-${id}-${span}-00`],
    // Flags that version 00 does not name go on as they came.
    [`00-${id}-${span}-ff`, `00-${id}-${span}-ff`],
    [` ${good} `, good],
    // Of a later version what version 00 says is read.
    [`01-${id}-${span}-01`, good],
    [`cc-${id}-${span}-03-what-the-future-will-be-like`, good],
    [`fe-${id}-${span}-02`, `00-${id}-${span}-00`],
  ])("reads %s", (header, parent) => {
    expect(read(header)).toEqual({ parent });
  });

  test.each([
    [undefined],
    [""],
    ["00"],
    [good.toUpperCase()],
    [`ff-${id}-${span}-01`],
    [`00-${"0".repeat(32)}-${span}-01`],
    [`00-${id}-${"0".repeat(16)}-01`],
    [`00-${id}-${span}-01-more`],
    [`00-${id}-${span}-01-`],
    [`01-${id}-${span}-01.more`],
    [`01-${id}-${span}-011`],
    [`00-${id}-${span}-1`],
    [`00-${id}-${span}`],
    [`0-${id}-${span}-01`],
    [`00-${id.slice(1)}-${span}-01`],
    [`00-${id}0-${span}-01`],
    [`00-${id}-${span}x-01`],
    [`00-${id}.${span}-01`],
    [`${good}, ${good}`],
    ["x".repeat(100)],
  ])("takes %s for none, and its state with it", (header) => {
    expect(read(header, "a=1")).toBeUndefined();
  });

  test("takes no context that came twice", () => {
    const headers = new Headers({ traceparent: good });
    headers.append("traceparent", good);
    expect(traceOf(headers)).toBeUndefined();
  });

  test.each([
    ["rojo=00f067aa0ba902b7,congo=t61rcWkgMzE"],
    ["a=1 , b=2,,c=3"],
    ["tenant@vendor=x"],
    ["fw529a3039@dt=FfffffFF"],
    [Array.from({ length: 32 }, (_, n) => `k${n}=v`).join(",")],
    [`a=${"x".repeat(256)}`],
  ])("keeps the state %s", (state) => {
    expect(read(good, state)).toEqual({ parent: good, state });
  });

  test.each([
    [""],
    ["a"],
    ["=1"],
    ["A=1"],
    ["a=1;b=2=3"],
    ["a=\u00e9"],
    ["a="],
    [`a=${"x".repeat(257)}`],
    [Array.from({ length: 33 }, (_, n) => `k${n}=v`).join(",")],
    [Array.from({ length: 30 }, (_, n) => `k${n}=${"v".repeat(20)}`).join(",")],
  ])("drops the state %s, and keeps the context", (state) => {
    expect(read(good, state)).toEqual({ parent: good });
  });
});

test("traceHeaders are the headers that were read, and none of nothing", () => {
  expect(traceHeaders(read(good, "a=1"))).toEqual({ traceparent: good, tracestate: "a=1" });
  expect(traceHeaders(read(good))).toEqual({ traceparent: good });
  expect(traceHeaders(undefined)).toEqual({});
});

test("traceIdOf is the id of the trace", () => {
  expect(traceIdOf({ parent: good })).toBe(id);
});
