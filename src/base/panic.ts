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
import { errorOf, type Fields, type Logger, stackOf } from "./log.ts";

/** Reporters is where a panic is told besides the log; each is optional. */
export interface Reporters {
  readonly sentryDsn: string | undefined;
  /** A URL that takes `{"text": …}`, as the hooks of chat systems do. */
  readonly alertWebhook: string | undefined;
}

/** patience is how long a reporter may take, in milliseconds. */
const patience = 10_000;

/**
 * panic is what every filter does with something thrown that nobody expected: one line with the
 * stack, then the reporters. It never throws. The promise settles when the reporters have been
 * told or have failed; hand it to `waitUntil`, off the path of the request.
 */
export function panic(
  thrown: unknown,
  log: Logger,
  reporters: Reporters,
  fields: Fields = {},
): Promise<void> {
  log.error("panic", { ...fields, stack: stackOf(thrown) });
  return tell(thrown, log, reporters, fields);
}

/** tell reports a panic whose line has been written already. */
export async function tell(
  thrown: unknown,
  log: Logger,
  { sentryDsn, alertWebhook }: Reporters,
  fields: Fields = {},
): Promise<void> {
  const calls: Promise<void>[] = [];
  if (sentryDsn !== undefined) calls.push(toSentry(sentryDsn, thrown, fields));
  if (alertWebhook !== undefined) calls.push(toWebhook(alertWebhook, thrown, fields));
  for (const result of await Promise.allSettled(calls)) {
    // The reason could hold the URL, which is a secret.
    if (result.status === "rejected") log.warning("a panic could not be reported");
  }
}

const parseStack = createStackParser(nodeStackLineParser());

async function toSentry(text: string, thrown: unknown, fields: Fields): Promise<void> {
  const dsn = dsnFromString(text);
  if (!dsn) throw new Error("not a DSN");
  const event: Event = {
    event_id: crypto.randomUUID().replaceAll("-", ""),
    timestamp: Date.now() / 1_000,
    platform: "javascript",
    level: "error",
    exception: { values: [exceptionFromError(parseStack, errorOf(thrown))] },
    extra: { ...fields },
  };
  const body = serializeEnvelope(createEventEnvelope(event, dsn));
  await post(getEnvelopeEndpointWithUrlEncodedAuth(dsn), body, "application/x-sentry-envelope");
}

async function toWebhook(url: string, thrown: unknown, fields: Fields): Promise<void> {
  const { name, message } = errorOf(thrown);
  const text = `Edge Operations: ${name}: ${message}`;
  await post(url, JSON.stringify({ text, ...fields }), "application/json");
}

async function post(url: string, body: string | Uint8Array, type: string): Promise<void> {
  const signal = AbortSignal.timeout(patience);
  const response = await fetch(url, {
    method: "POST",
    body: body as BodyInit,
    headers: { "content-type": type },
    signal,
  });
  await response.body?.cancel();
  if (!response.ok) throw new Error(`status ${response.status}`);
}
