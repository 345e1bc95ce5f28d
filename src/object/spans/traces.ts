import { ok } from "../../base/result.ts";
import type { Traces } from "../../runner/traces.ts";
import { AttemptCalls } from "./attempt-calls.ts";
import { OperationSpans } from "./operation-spans.ts";
import { contextOf } from "./span-context.ts";
import { readSpanSettings } from "./span-settings.ts";

/**
 * traces exports spans of operations to a collector by OTLP over HTTP, in JSON: the option `traces` of
 * createOperations. OTEL_EXPORTER_OTLP_ENDPOINT needs it.
 */
export const traces: Traces = (values) => {
  const read = readSpanSettings(values);
  if (!read.ok) return read;
  const settings = read.value;
  if (!settings) return ok(undefined);
  return ok({
    spans: (around) => new OperationSpans(settings, around),
    calls: (task) => {
      const context = task.trace && contextOf(task.trace);
      return context && settings.sampler.follows(context)
        ? new AttemptCalls(task, context)
        : undefined;
    },
  });
};
