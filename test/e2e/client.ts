import { setTimeout as sleep } from "node:timers/promises";

/** Monitor is an operation as the native API shows it. */
export interface Monitor {
  readonly id: string;
  readonly kind: string;
  readonly status: string;
  readonly statusMessage?: string;
  readonly percentComplete?: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly attempt: number;
  readonly version: number;
  readonly createdAt: string;
  readonly finishedAt?: string;
  readonly cancelRequestedAt?: string;
  readonly result?: unknown;
  readonly error?: { readonly code: string; readonly message: string };
  readonly links: { readonly self: string; readonly result: string; readonly cancel: string };
}

/** CreateBody is the body of `POST /operations`. */
export interface CreateBody {
  readonly kind: string;
  readonly input?: unknown;
  readonly labels?: Readonly<Record<string, string>>;
  readonly deadline?: string;
  readonly startAfter?: string;
  readonly webhook?: string;
  readonly retry?: { readonly maxAttempts: number; readonly initialInterval?: string };
}

/** Answer is an HTTP answer whose body was JSON, or nothing. */
export interface Answer<T> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: T;
}

/** Stats is what tests read of `GET /stats`. */
export interface Stats {
  readonly operations: {
    readonly total: number;
    readonly byStatus: Readonly<Record<string, number>>;
  };
  readonly attempts: number;
  readonly waiters: number;
}

interface Page {
  readonly operations: Monitor[];
  readonly nextPageToken?: string;
}

/** terminal lists the statuses that are final. */
export const terminal: readonly string[] = ["succeeded", "failed", "canceled"];

/** Client speaks to a served Worker as its native API says, and takes nothing from its source. */
export class Client {
  readonly url: string;
  readonly token: string;

  constructor(url: string, token = "test-token") {
    this.url = url;
    this.token = token;
  }

  /** raw sends a request with the token and answers as fetch does; a redirect is an answer. */
  raw(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers);
    if (!headers.has("authorization")) headers.set("authorization", `Bearer ${this.token}`);
    return fetch(new URL(path, this.url), { redirect: "manual", ...init, headers });
  }

  /** json sends JSON and reads JSON. */
  async json<T>(path: string, init: RequestInit = {}): Promise<Answer<T>> {
    const headers = new Headers(init.headers);
    // fetch would say text/plain.
    if (init.body && !headers.has("content-type")) headers.set("content-type", "application/json");
    const response = await this.raw(path, { ...init, headers });
    const text = await response.text();
    const body = (text === "" ? undefined : JSON.parse(text)) as T;
    return { status: response.status, headers: response.headers, body };
  }

  /** create is `POST /operations`; `query` begins with its question mark. */
  create(body: CreateBody, init: RequestInit & { query?: string } = {}): Promise<Answer<Monitor>> {
    const { query = "", ...more } = init;
    const text = JSON.stringify(body);
    return this.json(`/api/v1/operations${query}`, { ...more, method: "POST", body: text });
  }

  get(id: string, query = ""): Promise<Answer<Monitor>> {
    return this.json(`/api/v1/operations/${id}${query}`);
  }

  cancel(id: string): Promise<Answer<Monitor>> {
    return this.json(`/api/v1/operations/${id}:cancel`, { method: "POST" });
  }

  result(id: string): Promise<Response> {
    return this.raw(`/api/v1/operations/${id}/result`);
  }

  async stats(): Promise<Stats> {
    return (await this.json<Stats>("/api/v1/stats")).body;
  }

  /** ended waits, as long as it takes, for an operation to be finished. */
  async ended(id: string): Promise<Monitor> {
    for (;;) {
      const { body } = await this.get(id, "?wait=10s");
      if (terminal.includes(body.status)) return body;
    }
  }

  /** list reads every page of `GET /operations`, oldest first. */
  async list(query: Readonly<Record<string, string>> = {}): Promise<Monitor[]> {
    const all: Monitor[] = [];
    let pageToken = "";
    do {
      const page = new URLSearchParams({ order: "asc", limit: "1000", ...query, pageToken });
      const { status, body } = await this.json<Page>(`/api/v1/operations?${page}`);
      if (status !== 200) throw new Error(`Cannot list: ${status} ${JSON.stringify(body)}`);
      all.push(...body.operations);
      pageToken = body.nextPageToken ?? "";
    } while (pageToken !== "");
    return all;
  }
}

/** until asks again and again until the answer is good, and answers it. */
export async function until<T>(ask: () => Promise<T>, isGood: (answer: T) => boolean): Promise<T> {
  for (;;) {
    const answer = await ask();
    if (isGood(answer)) return answer;
    await sleep(50);
  }
}
