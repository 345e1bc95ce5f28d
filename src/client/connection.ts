import { readExact } from "../base/exact-json.ts";
import { encodeJson } from "../base/json-text.ts";
import { errorOf } from "../base/log.ts";
import { backoff, type RetryPolicy } from "../core/retry.ts";
import { isBasePath, usualBasePath } from "./api-catalog.ts";
import { isPassing, RequestError, UnreachableError } from "./request-error.ts";
import { sleep } from "./sleep.ts";

/** ConnectionOptions are the options of the client: the URL of the service, the token, and more. */
export interface ConnectionOptions {
  /** The URL of the service, without `/api/v1`: `https://operations.example.com`. */
  readonly url: string;
  /** The base path of the API under that URL. Default: `/api`. */
  readonly basePath?: string | undefined;
  /** A token or a ticket. It is sent only in the Authorization header. */
  readonly token: string;
  /**
   * How to read numbers in payloads (inputs, metadata, results, details) that a double cannot represent or writes
   * differently, such as `9007199254740993`, `1e400` and `1.0`: as doubles, like JSON.parse (the default), or with
   * `exact` as a JsonText, whose `text` is the number as it was sent.
   */
  readonly numbers?: "doubles" | "exact" | undefined;
  /** Replaces the global `fetch`, for example with that of a service binding. */
  readonly fetch?: ((url: string, init: RequestInit) => Promise<Response>) | undefined;
}

/** Call is one request of the native API. */
export interface Call {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Below `/api/v1`, with its query. */
  readonly path: string;
  /** Besides those that every request has. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON; a JsonText in it is sent unchanged. */
  readonly body?: unknown;
  /** Sent unchanged, instead of a body. */
  readonly sent?: { readonly type: string; readonly content: string | Blob };
  /** The timeout of each try, in milliseconds. Default: 30,000. */
  readonly timeout?: number;
  /**
   * How many times it may be sent if it fails in a way that may pass. Default: 1. More is for requests that are safe
   * to repeat when the first one succeeded and only its response was lost.
   */
  readonly tries?: number;
  readonly signal?: AbortSignal | undefined;
  /** Called before it is sent again: the response may then be due to an earlier try. */
  readonly onAgain?: () => void;
  /** Decides which responses are successes. Default: those with a status of 200 to 299. */
  readonly isFine?: (response: Response) => boolean;
}

/** pacing is how long to wait between tries; `Retry-After` makes it longer. */
const pacing: Omit<RetryPolicy, "maxAttempts"> = {
  initialInterval: 250,
  backoffCoefficient: 2,
  maximumInterval: 10_000,
};

/** patience is the longest `Retry-After` to wait for between counted tries, in milliseconds. */
const patience = 60_000;

/** pauseAfter returns how long to wait, in milliseconds, after that many errors in a row. */
export function pauseAfter(
  failures: number,
  trouble: { readonly retryAfter?: number | undefined },
) {
  const policy = { ...pacing, maxAttempts: failures };
  return Math.max(backoff(policy, failures, Math.random()), trouble.retryAfter ?? 0);
}

/** Connection sends requests to one service with one token. It needs only `fetch`. */
export class Connection {
  readonly #base: string;
  readonly #origin: string;
  readonly #token: string;
  readonly #fetch: NonNullable<ConnectionOptions["fetch"]>;
  readonly #parse: (text: string) => unknown;

  /** @throws TypeError for an invalid URL or token; the message never contains them */
  constructor(options: ConnectionOptions) {
    this.#base = `${serviceUrl(options.url)}${basePathOf(options)}/v1`;
    this.#origin = new URL(this.#base).origin;
    // Some runtimes report an invalid header with its whole value.
    if (!/^[\x21-\x7e]+$/.test(options.token)) {
      throw new TypeError("Invalid token: must be printable ASCII characters without spaces");
    }
    this.#token = options.token;
    this.#parse = options.numbers === "exact" ? readExact : JSON.parse;
    // Called as a plain function: workerd and browsers refuse it with another `this`.
    this.#fetch = options.fetch ?? ((url, init) => fetch(url, init));
  }

  /**
   * call sends a request and returns its JSON.
   *
   * @throws RequestError if it is refused, UnreachableError if there is no response, each after the last try; the
   *   signal's reason once it is aborted
   */
  call<T>(call: Call): Promise<T> {
    return this.#again(call, () =>
      this.#send(call, async (response, _leave, signal) => {
        const json = this.read(await this.#answered(response.text(), signal));
        if (json !== undefined) return json as T;
        throw new UnreachableError(`${call.method} ${call.path} did not return JSON`);
      }),
    );
  }

  /**
   * open sends a request and resolves when the headers arrive, with the body unread. The signal also aborts
   * reading the body; the timeout does not.
   *
   * @throws as call does
   */
  open(call: Call): Promise<Response> {
    return this.#again(call, () =>
      this.#send(call, async (response, leave) => {
        // Its own listener: that of the try is removed when the try ends.
        call.signal?.addEventListener("abort", () => leave());
        return response;
      }),
    );
  }

  /** read parses JSON from the service, with numbers as this connection was configured; undefined if it is not JSON. */
  read(text: string): unknown {
    try {
      return this.#parse(text);
    } catch {
      return undefined;
    }
  }

  async #again<T>({ tries = 1, signal, onAgain }: Call, send: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await send();
      } catch (thrown) {
        signal?.throwIfAborted();
        if (!isPassing(thrown) || attempt >= tries) throw thrown;
        if (Number.isFinite(tries) && (thrown.retryAfter ?? 0) > patience) throw thrown;
        await sleep(pauseAfter(attempt, thrown), signal);
        signal?.throwIfAborted();
        onAgain?.();
      }
    }
  }

  async #send<T>(call: Call, read: Read<T>) {
    const { method, path, body, sent, timeout = 30_000, signal, isFine = isOk } = call;
    signal?.throwIfAborted();
    const headers: Record<string, string> = {
      accept: "application/json",
      ...call.headers,
      authorization: `Bearer ${this.#token}`,
    };
    const type = sent?.type ?? (body === undefined ? undefined : "application/json");
    if (type !== undefined) headers["content-type"] = type;
    const content = sent?.content ?? (body === undefined ? null : (encodeJson(body) ?? null));
    // By hand: in Node 20, AbortSignal.any leaks memory on a long-lived signal.
    const over = new AbortController();
    const leave = () => over.abort(signal?.reason);
    const timer = setTimeout(
      () => over.abort(new Error(`No response within ${timeout} ms`)),
      timeout,
    );
    signal?.addEventListener("abort", leave);
    const send = this.#fetch;
    try {
      const response = await this.#answered(
        // A redirect is a response: following it would turn a create into a GET.
        send(`${this.#base}${path}`, {
          method,
          headers,
          body: content,
          signal: over.signal,
          redirect: "manual",
        }),
        over.signal,
      );
      if (!isFine(response)) {
        throw new RequestError(
          response,
          this.read(await this.#answered(response.text(), over.signal)),
        );
      }
      return await read(response, leave, over.signal);
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", leave);
    }
  }

  async #answered<T>(pending: Promise<T>, signal: AbortSignal): Promise<T> {
    try {
      return await orAborted(pending, signal);
    } catch (cause) {
      const code = codeOf(cause);
      const why = code === undefined ? messageOf(cause) : `${messageOf(cause)} (${code})`;
      // Only the origin: a path or a query may be private.
      throw new UnreachableError(`Cannot reach ${this.#origin}: ${why}`, { cause });
    }
  }
}

/** Read reads a response; `signal` is that of the try, and `leave` aborts it. */
type Read<T> = (response: Response, leave: () => void, signal: AbortSignal) => Promise<T>;

/** Rejects once the signal is aborted, even if fetch ignores the signal: a call must not hang forever. */
function orAborted<T>(pending: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const leave = () => reject(signal.reason);
    if (signal.aborted) leave();
    else signal.addEventListener("abort", leave, { once: true });
    pending.then(resolve, reject);
  });
}

/** The first code of an error and its causes, such as ECONNREFUSED: fetch itself says only that it failed. */
function codeOf(thrown: unknown): string | undefined {
  for (let found = thrown; found instanceof Error; found = found.cause) {
    if ("code" in found && typeof found.code === "string") return found.code;
  }
  return undefined;
}

function isOk({ ok }: Response): boolean {
  return ok;
}

/** The URL of the service without trailing slashes. */
function serviceUrl(text: string): string {
  const url = parsed(text);
  const isHttp = url?.protocol === "https:" || url?.protocol === "http:";
  // The message never quotes it: people put secrets into URLs.
  if (!url || !isHttp) throw new TypeError("Invalid url: must begin with http:// or https://");
  if (url.username !== "" || url.password !== "") {
    throw new TypeError("Invalid url: must not contain credentials");
  }
  if (url.search !== "" || url.hash !== "") {
    throw new TypeError("Invalid url: must not contain a query or fragment");
  }
  return `${url.origin}${url.pathname}`.replace(/\/+$/, "");
}

function basePathOf({ basePath = usualBasePath }: ConnectionOptions): string {
  if (isBasePath(basePath)) return basePath;
  throw new TypeError(`Invalid basePath ${JSON.stringify(basePath)}: must be a path such as /api`);
}

/** URL.parse is not in Node 20. */
function parsed(text: string): URL | undefined {
  try {
    return new URL(text);
  } catch {
    return undefined;
  }
}

function messageOf(thrown: unknown): string {
  return errorOf(thrown).message;
}
