import { backoff, type RetryPolicy } from "../core/retry.ts";
import { RequestError, UnreachableError } from "./request-error.ts";
import { sleep } from "./sleep.ts";

/** ConnectionOptions say where the service is, and who asks. */
export interface ConnectionOptions {
  /** Where it is served, without `/api/v1`: `https://operations.example.com`. */
  readonly url: string;
  readonly token: string;
  /** In the place of the global one; a service binding's, say. */
  readonly fetch?: (url: string, init: RequestInit) => Promise<Response>;
}

/** Call is one request of the native API. */
export interface Call {
  readonly method: "GET" | "POST" | "PATCH" | "DELETE";
  /** Below `/api/v1`, with its query. */
  readonly path: string;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Milliseconds for each try, 30,000 by default. */
  readonly timeout?: number;
  /**
   * How often it may be sent where it meets trouble that can pass: 1 by default. More is for
   * requests that do no harm when the first was taken and only its answer was lost.
   */
  readonly tries?: number;
  readonly signal?: AbortSignal;
}

/** pacing is how long to leave between tries; `Retry-After` makes it longer. */
const pacing: Omit<RetryPolicy, "maxAttempts"> = {
  initialInterval: 250,
  backoffCoefficient: 2,
  maximumInterval: 10_000,
};

/** Connection sends requests to one service as one caller. It needs `fetch` alone. */
export class Connection {
  readonly #base: string;
  readonly #token: string;
  readonly #fetch: NonNullable<ConnectionOptions["fetch"]>;

  constructor(options: ConnectionOptions) {
    this.#base = `${options.url.replace(/\/+$/, "")}/api/v1`;
    this.#token = options.token;
    // Called as a plain function: workerd and browsers refuse it with another `this`.
    this.#fetch = options.fetch ?? ((url, init) => fetch(url, init));
  }

  /**
   * call sends a request and answers its JSON.
   *
   * @throws RequestError where it is refused, UnreachableError where nothing answers, each after
   *   the last try; the signal's reason once that is aborted
   */
  async call<T>(call: Call): Promise<T> {
    const { tries = 1, signal } = call;
    for (let attempt = 1; ; attempt++) {
      try {
        return (await this.#send(call)) as T;
      } catch (thrown) {
        signal?.throwIfAborted();
        const isKnown = thrown instanceof RequestError || thrown instanceof UnreachableError;
        if (!isKnown || !thrown.isTransient || attempt >= tries) throw thrown;
        const pause = backoff({ ...pacing, maxAttempts: tries }, attempt, Math.random());
        await sleep(Math.max(pause, thrown.retryAfter ?? 0), signal);
        signal?.throwIfAborted();
      }
    }
  }

  async #send({ method, path, body, timeout = 30_000, signal }: Call): Promise<unknown> {
    signal?.throwIfAborted();
    const headers: Record<string, string> = {
      accept: "application/json",
      authorization: `Bearer ${this.#token}`,
    };
    if (body !== undefined) headers["content-type"] = "application/json";
    const text = body === undefined ? null : JSON.stringify(body);
    // By hand: what AbortSignal.any makes of a signal that lives long piles up on it in Node 20.
    const over = new AbortController();
    const leave = () => over.abort(signal?.reason);
    const timer = setTimeout(() => over.abort(new Error(`No answer in ${timeout} ms`)), timeout);
    signal?.addEventListener("abort", leave);
    const send = this.#fetch;
    try {
      const response = await answered(
        send(`${this.#base}${path}`, { method, headers, body: text, signal: over.signal }),
      );
      const answer = await answered(response.text());
      const json = readJson(answer);
      if (!response.ok) throw new RequestError(response, json);
      if (json === undefined)
        throw new UnreachableError(`${method} ${path} was not answered in JSON`);
      return json;
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", leave);
    }
  }
}

async function answered<T>(pending: Promise<T>): Promise<T> {
  try {
    return await pending;
  } catch (cause) {
    throw new UnreachableError(`Cannot reach the service: ${messageOf(cause)}`, { cause });
  }
}

function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
