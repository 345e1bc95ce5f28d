import { vi } from "vitest";
import { OperationsClient } from "../../src/client/index.ts";

/** Sent is one request that a FakeService got. */
export interface Sent {
  readonly method: string;
  /** Below `/api/v1`. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
  /** Milliseconds since the service was made. */
  readonly at: number;
  readonly signal: AbortSignal;
  readonly redirect: string | undefined;
}

/** Answer is what a FakeService says to one request; an Error is no answer at all. */
export type Answer = Response | Error | ((sent: Sent) => Response | Promise<Response>);

/** token is the one of every FakeService. */
export const token = "tested-secret-token";

/** FakeService answers requests one after the other as it was told; then it is unreachable. */
export class FakeService {
  readonly sent: Sent[] = [];
  readonly client: OperationsClient;
  readonly #answers: Answer[];
  readonly #madeAt = Date.now();

  constructor(...answers: Answer[]) {
    this.#answers = answers;
    this.client = new OperationsClient({
      url: "https://edge.test/",
      token,
      fetch: (url, init) => this.#fetch(url, init),
    });
  }

  /** times are when the requests came, in milliseconds from the first. */
  get times(): number[] {
    const [first] = this.sent;
    return this.sent.map(({ at }) => at - (first?.at ?? 0));
  }

  async #fetch(url: string, init: RequestInit): Promise<Response> {
    const { signal } = init;
    if (!signal) throw new Error("A request without a signal never ends");
    const sent: Sent = {
      method: init.method ?? "GET",
      path: url.replace("https://edge.test/api/v1", ""),
      headers: init.headers as Record<string, string>,
      body: typeof init.body === "string" ? JSON.parse(init.body) : undefined,
      at: Date.now() - this.#madeAt,
      signal,
      redirect: init.redirect,
    };
    this.sent.push(sent);
    const answer = this.#answers.shift() ?? new TypeError("connection refused");
    if (answer instanceof Error) throw answer;
    return typeof answer === "function" ? await answer(sent) : answer;
  }
}

/** monitor is an operation as the service shows it. */
export function monitor(more: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return { id: "op1", kind: "echo", status: "running", version: 1, labels: {}, ...more };
}

/** json answers a value. */
export function json(value: unknown, status = 200, headers: Record<string, string> = {}): Response {
  return Response.json(value, { status, headers });
}

/** problem answers a code of the table. */
export function problem(
  status: number,
  code: string,
  headers: Record<string, string> = {},
): Response {
  return json({ error: { code, message: `It is ${code}` } }, status, headers);
}

/** never is an answer that does not come: it ends with its request's signal. */
export function never({ signal }: Sent): Promise<Response> {
  return new Promise((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason));
  });
}

/** Line is a stream of events, written to from here. */
export class Line {
  readonly #encoder = new TextEncoder();
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  /** Whether its reader has left. */
  isLeft = false;

  /** answer opens it. */
  readonly answer = (): Response => {
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        this.#controller = controller;
        for (const text of this.begin) this.write(text);
      },
      cancel: () => {
        this.isLeft = true;
      },
    });
    return new Response(body, { headers: { "content-type": "text/event-stream" } });
  };

  /** @param begin is written as soon as it is open */
  constructor(...begin: string[]) {
    this.begin = begin;
  }
  readonly begin: readonly string[];

  write(text: string): void {
    this.#controller?.enqueue(this.#encoder.encode(text));
  }

  end(): void {
    this.#controller?.close();
  }

  breakOff(): void {
    this.#controller?.error(new TypeError("reset"));
  }
}

/** event writes the event of an operation. */
export function event(id: string | number, more: Readonly<Record<string, unknown>> = {}): string {
  const version = typeof id === "number" ? { version: id } : {};
  return `id: ${id}\nevent: operation\ndata: ${JSON.stringify(monitor({ ...version, ...more }))}\n\n`;
}

/** read collects what a sequence tells, as it does; `ended` resolves at its end or with its error. */
export function read<T>(items: AsyncIterable<T>): { readonly items: T[]; ended: Promise<unknown> } {
  const found: T[] = [];
  const ended = (async () => {
    for await (const item of items) found.push(item);
    return "end";
  })().catch((error: unknown) => error);
  return { items: found, ended };
}

/** settle answers a promise, while the clock goes on. */
export async function settle<T>(pending: Promise<T>): Promise<T> {
  let isSettled = false;
  const done = () => {
    isSettled = true;
  };
  pending.then(done, done);
  while (!isSettled) await vi.advanceTimersByTimeAsync(10);
  return pending;
}
