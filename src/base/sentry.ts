import {
  createEventEnvelope,
  createStackParser,
  dsnFromString,
  type Event,
  exceptionFromError,
  getEnvelopeEndpointWithUrlEncodedAuth,
  serializeEnvelope,
} from "@sentry/core";
import { nodeStackLineParser } from "@sentry/core/server";
import { errorOf } from "./log.ts";
import { post, type Reporter } from "./panic.ts";

/** sentry reports panics to Sentry by its DSN: `edge-operations/sentry`. */
export function sentry(dsn: string): Reporter {
  return async (thrown, fields) => {
    const to = dsnFromString(dsn);
    if (!to) throw new Error("not a DSN");
    const parseStack = createStackParser(nodeStackLineParser());
    const event: Event = {
      event_id: crypto.randomUUID().replaceAll("-", ""),
      timestamp: Date.now() / 1_000,
      platform: "javascript",
      level: "error",
      exception: { values: [exceptionFromError(parseStack, errorOf(thrown))] },
      extra: { ...fields },
    };
    const body = serializeEnvelope(createEventEnvelope(event, to));
    await post(getEnvelopeEndpointWithUrlEncodedAuth(to), body, "application/x-sentry-envelope");
  };
}
