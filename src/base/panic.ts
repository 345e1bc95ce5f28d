import { errorOf, type Fields, type Logger, stackOf } from "./log.ts";

/** Reporter reports a panic, in addition to the log. It rejects if it cannot. */
export type Reporter = (thrown: unknown, fields: Fields) => Promise<void>;

/** patience is the timeout of a reporter, in milliseconds. */
const patience = 10_000;

/**
 * panic handles an unexpected exception: it logs one line with the stack, then calls the reporters. It never throws.
 * The promise resolves when the reporters have finished or failed; pass it to `waitUntil`, off the path of the request.
 */
export function panic(
  thrown: unknown,
  log: Logger,
  reporters: readonly Reporter[],
  fields: Fields = {},
): Promise<void> {
  log.error("panic", { ...fields, stack: stackOf(thrown) });
  return tell(thrown, log, reporters, fields);
}

/** tell reports a panic that has been logged already. */
export async function tell(
  thrown: unknown,
  log: Logger,
  reporters: readonly Reporter[],
  fields: Fields = {},
): Promise<void> {
  const calls = reporters.map((report) => report(thrown, fields));
  for (const result of await Promise.allSettled(calls)) {
    // The error could contain the URL, which is a secret.
    if (result.status === "rejected") log.warning("a panic could not be reported");
  }
}

/** alertWebhook reports to a URL that accepts `{"text": …}`, like the webhooks of chat systems. */
export function alertWebhook(url: string): Reporter {
  return (thrown, fields) => {
    const { name, message } = errorOf(thrown);
    const text = `Edge Operations: ${name}: ${message}`;
    return post(url, JSON.stringify({ text, ...fields }), "application/json");
  };
}

/** post sends a report. It rejects if the response is not 2xx, or takes more than ten seconds. */
export async function post(url: string, body: string | Uint8Array, type: string): Promise<void> {
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
