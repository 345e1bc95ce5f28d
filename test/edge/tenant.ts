import { createExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import type { Scope } from "../../src/config/config.ts";
import worker from "../../src/index.ts";
import type { OperationsObject } from "../../src/object/operations-object.ts";

/** origin is where the tests reach the Worker. */
export const origin = "https://edge.test";

/** Monitor is what the tests read of an operation's status monitor. */
export interface Monitor {
  readonly id: string;
  readonly kind: string;
  readonly status: string;
  readonly version: number;
  readonly attempt: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly metadata: unknown;
  readonly createdAt: string;
  readonly finishedAt?: string;
  readonly expiresAt?: string;
  readonly deadlineAt: string;
  readonly priority?: number;
  readonly cancelRequestedAt?: string;
  readonly percentComplete?: number;
  readonly upstream?: Readonly<Record<string, unknown>>;
  readonly result?: unknown;
  readonly error?: { readonly code: string; readonly message: string };
  readonly links: Readonly<Record<string, string>>;
}

/** Problem is what the tests read of a problem. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly detail: string;
  readonly instance: string;
  readonly error: { readonly code: string; readonly message: string };
  readonly errors?: readonly { readonly path: string; readonly message: string }[];
  readonly operation?: Monitor;
}

/** Page is one page of a list. */
export interface Page {
  readonly operations: readonly Monitor[];
  readonly nextPageToken?: string;
}

/** Call is a request: `json` is a body to be written as JSON. */
export interface Call {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly json?: unknown;
  readonly body?: BodyInit;
  readonly signal?: AbortSignal;
  /** What Cloudflare says of the request. */
  readonly cf?: Readonly<Record<string, unknown>>;
  /** Configuration, over the one of the tests; it reaches the Worker but not its object. */
  readonly config?: Readonly<Record<string, unknown>>;
  /** What is told that the client's connection is cut. */
  readonly abort?: (reason: unknown) => void;
}

/** configure sets configuration that the object and the Runner see too. Call it before any request. */
export function configure(values: Readonly<Record<string, string>>): void {
  Object.assign(env, values);
}

/** send gives a request to the Worker, as it is. */
export function send(path: string, call: Call = {}): Promise<Response> {
  const { method, headers = {}, json, body, signal, cf, config = {}, abort = () => {} } = call;
  const content = json === undefined ? body : JSON.stringify(json);
  const request = new Request(new URL(path, origin), {
    method: method ?? (content === undefined ? "GET" : "POST"),
    headers: { ...(json !== undefined && { "content-type": "application/json" }), ...headers },
    ...(content !== undefined && { body: content }),
    ...(signal && { signal }),
    ...(cf && { cf }),
    redirect: "manual",
  });
  const altered = { ...env, ...config } as Cloudflare.Env;
  return Promise.resolve(
    worker.fetch(
      request as Parameters<typeof worker.fetch>[0],
      altered,
      // Vitest's lacks what cuts a client off, which these requests do not come by.
      Object.assign(createExecutionContext(), { abort }) as ExecutionContext,
    ),
  );
}

let count = 0;

/** Tenant is a client with a map that no other test looks into. */
export class Tenant {
  readonly name: string;
  readonly token: string;
  /** TOKENS, in which this tenant is the only one. */
  readonly tokens: string;

  private constructor(name: string, token: string, tokens: string) {
    this.name = name;
    this.token = token;
    this.tokens = tokens;
  }

  static async make(scopes: readonly Scope[] = ["read", "write"], name?: string): Promise<Tenant> {
    count += 1;
    const token = `tested-secret-${count}-${crypto.randomUUID()}`;
    const tenant = name ?? `tenant-${count}`;
    const grant = { tenant, scopes };
    return new Tenant(tenant, token, JSON.stringify({ [await sha256(token)]: grant }));
  }

  /** send gives a request to the Worker with this tenant's token. */
  send(path: string, call: Call = {}): Promise<Response> {
    const headers = { authorization: `Bearer ${this.token}`, ...call.headers };
    return send(path, { ...call, headers, config: { TOKENS: this.tokens, ...call.config } });
  }

  /** get answers the JSON of a path under `/api/v1`. */
  async get<T = Monitor>(path: string, call: Call = {}): Promise<T> {
    return (await (await this.send(`/api/v1${path}`, call)).json()) as T;
  }

  /** post sends a create; the query begins with its question mark. */
  post(json: unknown, query = "", call: Call = {}): Promise<Response> {
    return this.send(`/api/v1/operations${query}`, { ...call, method: "POST", json });
  }

  /** create makes an operation and answers its monitor. */
  async create(json: unknown, query = "", call: Call = {}): Promise<Monitor> {
    return (await (await this.post(json, query, call)).json()) as Monitor;
  }

  /** ids lists the ids of one page. */
  async ids(query = "", call: Call = {}): Promise<string[]> {
    const page = await this.get<Page>(`/operations${query}`, call);
    return page.operations.map(({ id }) => id);
  }

  /** stats answers `GET /stats`. */
  stats(call: Call = {}): Promise<Stats> {
    return this.get<Stats>("/stats", call);
  }

  /** object is the object that holds one of this tenant's shards. */
  object(shard = 0): DurableObjectStub<OperationsObject> {
    return env.OPERATIONS.getByName(`${this.name}/${shard}`);
  }
}

/** Stats is what the tests read of `GET /stats`. */
export interface Stats {
  readonly operations: {
    readonly total: number;
    readonly byStatus: Readonly<Record<string, number>>;
    readonly byKind: Readonly<Record<string, Readonly<Record<string, number>>>>;
  };
  readonly attempts: number;
  readonly waiters: number;
  readonly kinds: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly requests: Readonly<
    Record<
      string,
      { readonly count: number; readonly statuses: Readonly<Record<string, number>> } & {
        readonly latency: Readonly<Record<string, number>>;
      }
    >
  >;
}

/** problemOf reads a problem. */
export async function problemOf(response: Response): Promise<Problem> {
  return (await response.json()) as Problem;
}

/** monitorOf reads a monitor. */
export async function monitorOf(response: Response): Promise<Monitor> {
  return (await response.json()) as Monitor;
}

/** sha256 answers a digest as hex, as TOKENS names a token. */
export async function sha256(text: string): Promise<string> {
  const bytes = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return new Uint8Array(bytes).toHex();
}
