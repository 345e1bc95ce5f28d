import type { SpanContext } from "./span-context.ts";

/** Sampler decides whether the spans of a trace are exported. It decides the same for a trace each time. */
export interface Sampler {
  /** begins says whether to begin a trace for a request without one. */
  begins(traceId: string): boolean;
  /** follows says whether to export spans of a trace that came with a request. */
  follows(context: Pick<SpanContext, "traceId" | "isSampled">): boolean;
}

/** samplers are the supported values of OTEL_TRACES_SAMPLER, as OpenTelemetry names them. */
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

/** samplerOf returns the Sampler of a name; only some use the ratio. */
export function samplerOf(name: SamplerName, ratio: number): Sampler {
  const root = name.replace("parentbased_", "");
  const begins = (traceId: string) =>
    root === "traceidratio" ? isWithin(traceId, ratio) : root === "always_on";
  return name === root
    ? { begins, follows: ({ traceId }) => begins(traceId) }
    : { begins, follows: ({ isSampled }) => isSampled };
}

/**
 * The last 56 bits of the id are random; a double can hold 52 of them exactly. Source: W3C Trace Context, level 2,
 * "Random trace ID flag".
 */
function isWithin(traceId: string, ratio: number): boolean {
  return Number.parseInt(traceId.slice(-13), 16) >= (1 - ratio) * 2 ** 52;
}
