import type { ClaimedAttempt } from "../../../src/core/work.ts";
import type { Task } from "../../../src/runner/attempt.ts";
import { RpcTarget } from "./cloudflare-workers.ts";
import type { Deployment } from "./deployment.ts";
import type { Life } from "./life.ts";
import { type Done, ObjectHost, passing } from "./object-host.ts";
import type { Socket } from "./sockets.ts";
import { here, Process, type World } from "./world.ts";

/** Attempt is a call of the Runner: one attempt that an object has begun. */
export interface Attempt {
  readonly task: Task;
  readonly life: Life;
  readonly process: Process;
  /** Whether the work itself was begun. */
  isBegun: boolean;
  isOver: boolean;
  /** cut breaks the call off: the object hears no more of the attempt, which goes on. */
  cut(): void;
}

/** Watched is what the network tells of the calls that it carries. */
export interface Watched {
  /** The work of an attempt begins. */
  began(attempt: Attempt): void;
  /** A step of an attempt is being made or undone. */
  stepped(attempt: Attempt, name: string, does: "made" | "undone"): void;
  /** A call of the Runner has ended by itself. */
  ended(attempt: Attempt): void;
  /** A claim has come back to the request of a Worker that made it. */
  claimed(taken: readonly ClaimedAttempt[]): void;
  /** A Worker gives back what was claimed. */
  released(given: readonly ClaimedAttempt[]): void;
}

/** Loss is a call that gets lost, before or after it took effect. */
export type Loss = "before" | "after";

/** longestRequest is how long, in milliseconds, a request may leave a socket that it was given. */
const longestRequest = 5_000;

/** Network carries calls between Workers, objects and attempts. */
export class Network {
  readonly hosts = new Map<string, ObjectHost>();
  readonly attempts = new Map<Process, Attempt>();
  /** Calls to an object that are lost next, in their order. */
  readonly losses = new Map<string, Loss[]>();
  /** Objects whose next question comes twice, as one may that is asked again. */
  readonly doubles = new Set<string>();
  /** Calls of the Runner that are lost next. */
  readonly runnerLosses: Loss[] = [];
  /** Whether attempts go on when the life that began them is killed. */
  areOrphans = false;
  deployment: Deployment | undefined;
  readonly #world: World;
  readonly #watched: Watched;
  /** The runtime of objects, where there is nothing else to run them on. */
  readonly namespace: Cloudflare.Env["OPERATIONS"];

  constructor(world: World, watched: Watched) {
    this.#world = world;
    this.#watched = watched;
    const namespace = {
      getByName: (name: string) => this.#stub(this.host(name)),
      idFromName: (name: string) => ({ toString: () => this.host(name).id, name }),
      idFromString: (id: string) => ({ toString: () => id }),
      get: (id: unknown) => this.#stub(this.#byId(String(id))),
      jurisdiction: () => namespace,
    };
    this.namespace = namespace as unknown as Cloudflare.Env["OPERATIONS"];
  }

  /** host is the object of a name; it is there once somebody has spoken of it. */
  host(name: string): ObjectHost {
    const known = this.hosts.get(name);
    if (known) return known;
    const id = `object-${this.hosts.size}`;
    const made = new ObjectHost(id, id, {
      world: this.#world,
      deployment: () => this.deployment as Deployment,
      exportsOf: (life, deployment) => ({
        Runner: {
          run: (task: Task) => this.#runAttempt(life, deployment, task),
          runMany: (tasks: readonly Task[]) =>
            Promise.all(tasks.map((task) => this.#runAttempt(life, deployment, task))),
        },
      }),
    });
    this.hosts.set(name, made);
    return made;
  }

  #byId(id: string): ObjectHost {
    for (const host of this.hosts.values()) if (host.id === id) return host;
    throw new Error(`no object ${id}`);
  }

  #stub(host: ObjectHost): DurableObjectStub {
    const calls = {
      fetch: (url: string, init?: RequestInit) => {
        const request = new Request(url, init);
        return this.#call(host, "fetch", (done) =>
          host.deliver((instance) => instance.fetch(request), done),
        );
      },
    };
    return new Proxy(calls, {
      get: (target, name) => {
        if (name in target) return target[name as "fetch"];
        // A stub is no promise.
        if (typeof name !== "string" || name === "then") return undefined;
        return (...args: unknown[]) => {
          const sent = args.map((arg) =>
            arg instanceof RpcTarget ? this.#targetOf(arg) : structuredClone(arg),
          );
          if (name === "release") this.#watched.released(sent[0] as readonly ClaimedAttempt[]);
          return this.#call(host, name, (done) =>
            host.call(name, sent, (outcome) =>
              done("value" in outcome ? { value: structuredClone(outcome.value) } : outcome),
            ),
          );
        };
      },
    }) as unknown as DurableObjectStub;
  }

  #call(host: ObjectHost, method: string, deliver: (done: Done) => void): Promise<unknown> {
    const caller = here();
    return caller.wait((resolve, reject) => {
      caller.leave(() => {
        const loss = this.losses.get(host.id)?.shift();
        if (loss) host.note(`the call ${method} is lost ${loss} it takes effect`);
        const lose = () => this.#world.hop(() => reject(networkLost()));
        this.#world.hop(() => {
          if (loss === "before") {
            lose();
            return;
          }
          if (method === "ask" && this.doubles.delete(host.id)) {
            host.note("the call ask comes twice");
            this.#world.hop(() => deliver(() => {}));
          }
          deliver((outcome) => {
            if (loss === "after") {
              const { value } = outcome as { readonly value?: { readonly webSocket?: Socket } };
              value?.webSocket?.cut();
              lose();
              return;
            }
            this.#world.hop(() => {
              if ("thrown" in outcome) {
                reject(outcome.thrown);
                return;
              }
              if (caller.isAlive) this.#sawClaim(method, outcome.value);
              this.#mind(Object(outcome.value) as { readonly webSocket?: Socket });
              resolve(outcome.value);
            });
          });
        });
      });
    });
  }

  /** A target that a caller has sent along, as the object has it: its methods run with the caller. */
  #targetOf(target: RpcTarget): unknown {
    const owner = here();
    const methods = target as unknown as Record<string, (...args: unknown[]) => unknown>;
    return new Proxy(
      {},
      {
        get: (_, name) => {
          if (typeof name !== "string" || name === "then") return undefined;
          return (...args: unknown[]) => {
            const sent = structuredClone(args);
            const caller = here();
            return caller.wait((resolve, reject) => {
              const lose = () => this.#world.hop(() => reject(networkLost()));
              caller.leave(() =>
                this.#world.hop(() => {
                  if (!owner.isAlive) {
                    lose();
                    return;
                  }
                  const made = owner.run(() => methods[name]?.(...sent));
                  void Promise.resolve(made).then((value) =>
                    this.#world.hop(() => resolve(structuredClone(value))),
                  );
                }),
              );
            });
          };
        },
      },
    );
  }

  #sawClaim(method: string, value: unknown): void {
    const found = method === "claim" ? [value] : method === "claimMany" ? (value as unknown[]) : [];
    for (const claimed of found as (readonly { op: ClaimedAttempt }[] | null)[]) {
      this.#watched.claimed((claimed ?? []).map(({ op }) => op));
    }
  }

  /** What a request neither takes nor passes on ends with it. */
  #mind({ webSocket }: { readonly webSocket?: Socket }): void {
    if (!webSocket) return;
    this.#world.queue.after(longestRequest, () => {
      if (!webSocket.isAccepted) webSocket.cut();
    });
  }

  #runAttempt(life: Life, deployment: Deployment, task: Task): Promise<unknown> {
    const sent = structuredClone(task);
    return life.wait((resolve, reject) => {
      life.leave(() => {
        const loss = this.runnerLosses.shift();
        if (loss) this.#world.note(`the attempt ${nameOf(task)} is lost ${loss} it is made`);
        this.#world.hop(() => {
          if (loss === "before") {
            reject(networkLost());
            return;
          }
          const process = new Process(`attempt ${nameOf(task)}`, deployment);
          const cut = () => reject(networkLost());
          const attempt = { task: sent, life, process, isBegun: false, isOver: false, cut };
          this.attempts.set(process, attempt);
          process.onBegin = () => {
            attempt.isBegun = true;
            this.#watched.began(attempt);
          };
          process.onStep = (name, does) => {
            this.#world.note(`step ${name} of ${nameOf(task)} is ${does}`);
            this.#watched.stepped(attempt, name, does);
          };
          life.onDeath(() => {
            if (!this.areOrphans) process.die();
          });
          process.onDeath(() => this.attempts.delete(process));
          this.#world.note(`attempt ${nameOf(task)} begins`);
          const context = { props: {}, exports: {}, waitUntil: () => {} };
          const end = (settle: () => void) => {
            attempt.isOver = true;
            this.#watched.ended(attempt);
            this.attempts.delete(process);
            this.#world.hop(loss === "after" ? () => reject(networkLost()) : settle);
          };
          process.run(() => {
            const runner = new deployment.Runner(
              context as unknown as ExecutionContext,
              deployment.env,
            );
            runner.run(sent).then(
              (value) => end(() => resolve(structuredClone(value))),
              (thrown) => end(() => reject(thrown)),
            );
          });
        });
      });
    });
  }
}

/** nameOf names an attempt by the end of its operation's id, which is short. */
export function nameOf({ id, attempt }: { readonly id: string; readonly attempt: number }): string {
  return `${shortId(id)}/${attempt}`;
}

/** shortId tells the operations of one run apart, mostly. */
export function shortId(id: string): string {
  return id.slice(-5);
}

function networkLost(): Error {
  return passing("Network connection lost.", "retryable");
}
