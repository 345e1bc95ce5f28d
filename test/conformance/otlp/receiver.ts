import { readFile } from "node:fs/promises";
import { spansOf } from "./collector.ts";

/** Received is a span as a program has it that was sent it. */
export interface Received {
  readonly spanId: string;
  /** Empty of the first of a trace. */
  readonly parentSpanId: string;
  readonly name: string;
  /** In lower case, such as `producer`. */
  readonly kind: string;
  /** The attribute `edge_operations.attempt`, if there is one. */
  readonly attempt: unknown;
}

/** Receiver is a program that takes spans by OTLP over HTTP, in JSON. */
export interface Receiver {
  readonly name: string;
  /** As OTEL_EXPORTER_OTLP_ENDPOINT has it. */
  readonly endpoint: string;
  /** read returns what it has of a trace. */
  read(traceId: string): Promise<readonly Received[]>;
  stop(): Promise<void>;
}

/**
 * writingTo is a collector that somebody has started, and that writes what it takes into a file: a line of OTLP in
 * JSON for each request, as the `file` exporter of OpenTelemetry's does.
 */
export function writingTo(file: string, endpoint: string): Receiver {
  return {
    name: endpoint,
    endpoint,
    async read(traceId) {
      const text = await readFile(file, "utf8").catch(() => "");
      // The last may be on its way.
      const lines = text.split("\n").slice(0, -1);
      return lines
        .flatMap((line) => spansOf(line))
        .filter((span) => span.traceId === traceId)
        .map(({ spanId, parentSpanId, name, kind, attributes }) => ({
          spanId,
          parentSpanId,
          name,
          kind: kind.replace("SPAN_KIND_", "").toLowerCase(),
          attempt: attributes["edge_operations.attempt"],
        }));
    },
    stop: async () => {},
  };
}
