import type { Logger } from "../../base/log.ts";
import type { Deployment } from "../../runner/deployment.ts";
import type { SpanSurroundings, Spans } from "../../runner/traces.ts";

/** noSpans is used when no spans are exported: traces are passed on unchanged. */
const noSpans: Spans = {
  event: "spans",
  begun: (op) => op,
  traceOf: ({ trace }) => trace,
  changed: () => undefined,
  stepped: () => {},
  trying: () => undefined,
  add: () => {},
};

/** spansOf returns the spans of an object. */
export function spansOf(
  { id, storage }: DurableObjectState,
  env: Cloudflare.Env,
  deployment: Deployment,
  log: Logger,
  around: Pick<SpanSurroundings, "counted" | "keepAwake" | "sql" | "saved" | "failed">,
): Spans {
  const surroundings = {
    ...around,
    name: () => id.name,
    sync: () => storage.sync(),
    dropped: (spans: number, reason: string) => log.warning("spans dropped", { spans, reason }),
  };
  return deployment.tracingOf(env)?.spans(surroundings) ?? noSpans;
}
