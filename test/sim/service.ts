import { Claims } from "./claims.ts";
import type { Ledger, Monitor } from "./ledger.ts";
import type { Isolate } from "./runtime/isolate.ts";
import type { Loss } from "./runtime/network.ts";
import { Random } from "./runtime/random.ts";
import type { Process, World } from "./runtime/world.ts";

/** Answer is what came back. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
  readonly response: Response;
  /** onCut tells when the Worker that answers dies, and with it a stream that it writes. */
  onCut(told: () => void): void;
}

/** Call is a request. */
export interface Call {
  readonly json?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Milliseconds after which the client goes away. */
  readonly leaves?: number | undefined;
  /** The body is a stream, and is left unread. */
  readonly isStream?: boolean;
}

/** origin is where clients reach the service. */
export const origin = "https://edge.test";

/** Service is the service as clients reach it: some Worker of several, over a network that loses things. */
export class Service {
  readonly isolates: Isolate[];
  /** Requests whose way, there or back, fails next. */
  readonly losses: Loss[] = [];
  readonly claims: Claims;
  /** How many requests have no answer yet. */
  waiting = new Set<string>();
  /** How many statements have thrown. */
  thrown: () => number = () => 0;
  readonly #world: World;
  readonly #ledger: Ledger;
  readonly #token: string;
  readonly #random: Random;
  #requests = 0;

  constructor(world: World, ledger: Ledger, isolates: Isolate[], token: string, seed: number) {
    this.#world = world;
    this.claims = new Claims(world);
    this.#ledger = ledger;
    this.isolates = isolates;
    this.#token = token;
    this.#random = new Random(seed, "service");
  }

  get random(): Random {
    return this.#random;
  }

  /** ask makes a request, and answers undefined where it, or its answer, is lost. */
  async ask(method: string, path: string, call: Call = {}): Promise<Answer | undefined> {
    const { json, headers = {}, leaves, isStream = false } = call;
    const name = `#${++this.#requests} ${method} ${path.replace(/[0-9a-z]{25}([0-9a-z]{5})/g, "…$1")}`;
    this.#world.note(`client: ${name}`);
    const loss = this.losses.shift();
    if (loss === "before") {
      this.#world.note(`client: ${name} is lost`);
      return undefined;
    }
    const controller = new AbortController();
    const request = new Request(`${origin}/api/v1${path}`, {
      method,
      headers: {
        authorization: `Bearer ${this.#token}`,
        ...(json !== undefined && { "content-type": "application/json" }),
        ...headers,
      },
      ...(json !== undefined && { body: JSON.stringify(json) }),
      signal: controller.signal,
    });
    let hasLeft = false;
    if (leaves !== undefined) {
      setTimeout(() => {
        hasLeft = true;
        controller.abort();
      }, leaves);
    }
    const thrown = this.thrown();
    this.waiting.add(name);
    const isClaim = path.startsWith("/operations:claim");
    const began = Date.now();
    let isRead = false;
    let process: Process | undefined;
    try {
      const response = await this.#random.pick(this.isolates).fetch(request, (one) => {
        process = one;
      });
      const body = isStream ? "" : await response.text();
      isRead = loss !== "after" && !hasLeft;
      if (isClaim && isRead && response.status === 200) {
        this.claims.answered((JSON.parse(body) as { operations: Monitor[] }).operations);
      }
      this.#world.note(`client: ${name} → ${response.status}`);
      if (response.status === 500 && thrown === this.thrown()) {
        this.#world.fail("S16", `${name} is answered 500: ${body}`);
      }
      if (loss === "after") {
        this.#world.note(`client: the answer of ${name} is lost`);
        controller.abort();
        response.webSocket?.accept();
        response.webSocket?.close();
        return undefined;
      }
      return {
        status: response.status,
        headers: response.headers,
        body,
        response,
        onCut: (told) => process?.onDeath(told),
      };
    } catch (gone) {
      this.#world.note(`client: ${name} has no answer: ${gone}`);
      return undefined;
    } finally {
      if (isClaim && !isRead) this.claims.unread(began);
      this.waiting.delete(name);
    }
  }

  /** read asks for an operation, or several, and holds the answer against what is known. */
  async read(id: string, path = "", call: Call = {}): Promise<Answer | undefined> {
    const before = this.#ledger.before(id);
    const answer = await this.ask("GET", `/operations/${id}${path}`, call);
    if (answer?.status === 404) this.#ledger.missing(id);
    if (answer?.status === 200) {
      this.#ledger.see(
        JSON.parse(answer.body) as Monitor,
        path.includes("wait") ? { ...before, at: 0 } : before,
      );
    }
    return answer;
  }
}
