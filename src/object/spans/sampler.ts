import type { SpanContext } from "./span-context.ts";

/** Sampler says whether the spans of a trace are told. It says the same of a trace each time. */
export interface Sampler {
  /** begins says whether a trace is to begin where none came. */
  begins(traceId: string): boolean;
  /** follows says whether this service tells its part of a trace that came. */
  follows(context: Pick<SpanContext, "traceId" | "isSampled">): boolean;
}

/** samplers are the values of OTEL_TRACES_SAMPLER, as OpenTelemetry names them, that this service knows. */
export const samplers = [
  "parentbased_always_on",
  "parentbased_always_off",
  "parentbased_traceidratio",
  "always_on",
  "always_off",
  "traceidratio",
] as const;

/** SamplerName is one of samplers. */
export type SamplerName = (typeof samplers)[number];

/** samplerOf returns the Sampler of a name; the ratio counts for those that have one. */
export function samplerOf(name: SamplerName, ratio: number): Sampler {
  const root = name.replace("parentbased_", "");
  const begins = (traceId: string) =>
    root === "traceidratio" ? isWithin(traceId, ratio) : root === "always_on";
  return name === root
    ? { begins, follows: ({ traceId }) => begins(traceId) }
    : { begins, follows: ({ isSampled }) => isSampled };
}

/** Of the id the last 56 bits are random; a double holds 52 of them as they are. Source: W3C Trace Context, level 2, "Random trace ID flag". */
function isWithin(traceId: string, ratio: number): boolean {
  return Number.parseInt(traceId.slice(-13), 16) >= (1 - ratio) * 2 ** 52;
}
