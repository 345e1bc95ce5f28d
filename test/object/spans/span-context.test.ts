import { describe, expect, it } from "vitest";
import { traceOf } from "../../../src/core/trace.ts";
import { contextOf, newTraceId, spanIdOf, within } from "../../../src/object/spans/span-context.ts";

const traceId = "4bf92f3577b34da6a3ce929d0e0e4736";

describe("contextOf", () => {
  it.each([
    ["01", true],
    ["00", false],
    ["03", true],
    ["02", false],
  ])("takes a trace with the flags %s apart", (flags, isSampled) => {
    const parent = `00-${traceId}-00f067aa0ba902b7-${flags}`;
    expect(contextOf({ parent, state: "a=1" })).toEqual({
      traceId,
      spanId: "00f067aa0ba902b7",
      isSampled,
      state: "a=1",
    });
  });
});

describe("within", () => {
  it("goes on from another span, with the same state, as a trace that others read", () => {
    const spanId = spanIdOf("id", 1);
    const trace = within({ traceId, spanId: "", isSampled: true, state: "a=1" }, spanId);
    expect(trace).toEqual({ parent: `00-${traceId}-${spanId}-01`, state: "a=1" });
    const headers = new Headers({ traceparent: trace.parent, tracestate: "a=1" });
    expect(traceOf(headers)).toEqual(trace);
    expect(within({ traceId, spanId: "", isSampled: true }, spanId)).not.toHaveProperty("state");
  });
});

describe("spanIdOf", () => {
  it("is the same of the same, and another of anything else", () => {
    expect(spanIdOf("op", 1)).toBe(spanIdOf("op", 1));
    const ids = new Set<string>();
    for (let op = 0; op < 400; op++) {
      for (let attempt = 1; attempt <= 50; attempt++) {
        ids.add(spanIdOf(`0mh2k3f9s8q7${op}`, attempt));
        ids.add(spanIdOf(`0mh2k3f9s8q7${op}`, attempt, "wait"));
        ids.add(spanIdOf(`0mh2k3f9s8q7${op}`, attempt, "step", `load:${attempt}`));
      }
    }
    expect(ids.size).toBe(400 * 50 * 3);
    expect([...ids].filter((id) => !/^[\da-f]{16}$/.test(id))).toEqual([]);
  });
});

describe("newTraceId", () => {
  it("is 32 hexadecimal digits that nobody has", () => {
    const [one, other] = [newTraceId(), newTraceId()];
    expect(one).toMatch(/^[\da-f]{32}$/);
    expect(one).not.toBe(other);
  });
});
