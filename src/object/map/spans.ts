import type { Logger } from "../../base/log.ts";
import type { Deployment } from "../../runner/deployment.ts";
import type { SpanSurroundings, Spans } from "../../runner/traces.ts";

/** noSpans stand in where no spans are told: a trace goes on as it came. */
const noSpans: Spans = {
  event: "spans",
  begun: (op) => op,
  traceOf: ({ trace }) => trace,
  changed: () => undefined,
  stepped: () => {},
  trying: () => undefined,
  add: () => {},
};

/** spansOf returns those of an object. */
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
