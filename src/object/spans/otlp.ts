import { JsonTraceSerializer } from "@opentelemetry/otlp-transformer";
import { packageVersion as version } from "../../base/version.ts";
import type { Span } from "../../core/span.ts";

type ReadableSpan = Parameters<typeof JsonTraceSerializer.serializeRequest>[0][number];
type Time = ReadableSpan["startTime"];

/** The values of SpanKind in OpenTelemetry's API. */
const kinds = { internal: 0, client: 2, producer: 3, consumer: 4 };

const scope = { name: "edge-operations", version };

const isError = { code: 2 };
const isUnset = { code: 0 };

/**
 * otlpOf returns spans as an ExportTraceServiceRequest of OTLP, in JSON.
 *
 * @param attributes those of the resource, which is this service
 */
export function otlpOf(
  spans: readonly Span[],
  attributes: Readonly<Record<string, string>>,
): Uint8Array {
  const resource = { attributes } as ReadableSpan["resource"];
  const request = JsonTraceSerializer.serializeRequest(
    spans.map((span) => readable(span, resource)),
  );
  if (!request) throw new Error("The spans cannot be written");
  return request;
}

function readable(span: Span, resource: ReadableSpan["resource"]): ReadableSpan {
  const { traceId, spanId, parentId, isParentRemote = false, state, error } = span;
  const traceState = state === undefined ? {} : { traceState: stateOf(state) };
  const parent = parentId && { traceId, spanId: parentId, traceFlags: 1, isRemote: isParentRemote };
  const attributes = error === undefined ? {} : { "error.type": error };
  return {
    name: span.name,
    kind: kinds[span.kind],
    spanContext: () => ({ traceId, spanId, traceFlags: 1, ...traceState }),
    ...(parent && { parentSpanContext: parent }),
    startTime: timeOf(span.start),
    endTime: timeOf(span.end),
    duration: timeOf(span.end - span.start),
    ended: true,
    status: error === undefined ? isUnset : isError,
    attributes: { ...span.attributes, ...attributes },
    links: [],
    events: [],
    resource,
    instrumentationScope: scope,
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  };
}

/** Seconds and nanoseconds. */
function timeOf(milliseconds: number): Time {
  const seconds = Math.floor(milliseconds / 1_000);
  return [seconds, Math.round((milliseconds - seconds * 1_000) * 1_000_000)];
}

type TraceState = NonNullable<ReturnType<ReadableSpan["spanContext"]>["traceState"]>;

/** It is passed on unchanged: the serializer needs only its text. */
function stateOf(text: string): TraceState {
  return { serialize: () => text } as TraceState;
}
