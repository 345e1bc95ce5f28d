import { describe, expect, it } from "vitest";
import { samplerOf, samplers } from "../../../src/object/spans/sampler.ts";

const low = `${"ab".repeat(9)}${"0".repeat(14)}`;
const high = `${"ab".repeat(9)}${"f".repeat(14)}`;

describe("samplerOf", () => {
  it.each([
    ["parentbased_always_on", [true, true], [true, false]],
    ["parentbased_always_off", [false, false], [true, false]],
    ["parentbased_traceidratio", [false, true], [true, false]],
    ["always_on", [true, true], [true, true]],
    ["always_off", [false, false], [false, false]],
    ["traceidratio", [false, true], [true, true]],
  ] as const)("%s begins and follows as OpenTelemetry says", (name, begins, follows) => {
    const sampler = samplerOf(name, 0.5);
    expect([low, high].map((traceId) => sampler.begins(traceId))).toEqual(begins);
    const flags = [true, false];
    expect(flags.map((isSampled) => sampler.follows({ traceId: high, isSampled }))).toEqual(
      follows,
    );
  });

  it.each(samplers)("%s follows what it has begun", (name) => {
    const sampler = samplerOf(name, 0.5);
    for (const traceId of [low, high].filter((id) => sampler.begins(id))) {
      expect(sampler.follows({ traceId, isSampled: true })).toBe(true);
    }
  });

  it.each([
    [0, 0],
    [0.25, 256],
    [1, 1_024],
  ])("a ratio of %d begins %i of 1024 traces that are spread evenly", (ratio, count) => {
    const { begins } = samplerOf("traceidratio", ratio);
    const ids = Array.from({ length: 1_024 }, (_none, n) => {
      return `${"ab".repeat(9)}${(n * 4 + 1).toString(16).padStart(3, "0")}${"0".repeat(11)}`;
    });
    expect(ids.filter(begins)).toHaveLength(count);
  });
});
