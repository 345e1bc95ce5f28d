import { errorOf, type Fields, type Logger, stackOf } from "./log.ts";

/** Reporter tells somebody of a panic, besides the log. It rejects where nobody could be told. */
export type Reporter = (thrown: unknown, fields: Fields) => Promise<void>;

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
  reporters: readonly Reporter[],
  fields: Fields = {},
): Promise<void> {
  log.error("panic", { ...fields, stack: stackOf(thrown) });
  return tell(thrown, log, reporters, fields);
}

/** tell reports a panic whose line has been written already. */
export async function tell(
  thrown: unknown,
  log: Logger,
  reporters: readonly Reporter[],
  fields: Fields = {},
): Promise<void> {
  const calls = reporters.map((report) => report(thrown, fields));
  for (const result of await Promise.allSettled(calls)) {
    // The reason could hold the URL, which is a secret.
    if (result.status === "rejected") log.warning("a panic could not be reported");
  }
}

/** alertWebhook reports to a URL that takes `{"text": …}`, as the hooks of chat systems do. */
export function alertWebhook(url: string): Reporter {
  return (thrown, fields) => {
    const { name, message } = errorOf(thrown);
    const text = `Edge Operations: ${name}: ${message}`;
    return post(url, JSON.stringify({ text, ...fields }), "application/json");
  };
}

/** post sends a report. It rejects for an answer that is no 2xx, and for none within ten seconds. */
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
