import type { Deployment } from "./deployment.ts";
import { passing } from "./object-host.ts";
import { here, Process, type World } from "./world.ts";

/** Isolate is one Worker that takes requests: its version of the code, and what runs in it. */
export class Isolate {
  deployment: Deployment;
  readonly #world: World;
  readonly #running = new Set<Process>();
  /** The bindings, as this isolate has them: what a module remembers by them ends with it. */
  #envs = new WeakMap<Deployment, Cloudflare.Env>();
  #requests = 0;

  constructor(world: World, deployment: Deployment) {
    this.#world = world;
    this.deployment = deployment;
  }

  /** fetch gives the Worker a request from outside; it rejects where the Worker dies meanwhile. */
  fetch(request: Request, began: (process: Process) => void): Promise<Response> {
    const { deployment } = this;
    const client = here();
    return client.wait<Response>((resolve, reject) => {
      this.#world.hop(() => {
        const process = new Process(`request ${++this.#requests}`, deployment);
        this.#running.add(process);
        process.onDeath(() => {
          this.#running.delete(process);
          reject(passing("the Worker is gone", "retryable"));
        });
        began(process);
        const pending = new Set<Promise<unknown>>();
        this.#endWithClient(request.signal, process, pending);
        this.#cancelHung(process);
        const context = {
          props: {},
          exports: {},
          passThroughOnException: () => {},
          waitUntil: (promise: Promise<unknown>) => {
            const end = () => pending.delete(promise);
            pending.add(promise);
            promise.then(end, end);
          },
        };
        process.run(async () => {
          try {
            const response = (await deployment.fetch(
              request,
              this.#envOf(deployment),
              context as unknown as ExecutionContext,
            )) as Response;
            process.onIdle = undefined;
            this.#world.hop(() => resolve(response));
          } catch (thrown) {
            this.#world.hop(() => reject(thrown));
          }
        });
      });
    });
  }

  /** killRequest ends one of the requests that are under way, as for the CPU that it has used. */
  killRequest(which: number): void {
    const running = [...this.#running].filter(({ pending }) => pending > 0);
    running[which % running.length]?.die();
  }

  #envOf(deployment: Deployment): Cloudflare.Env {
    const env = this.#envs.get(deployment) ?? { ...deployment.env };
    this.#envs.set(deployment, env);
    return env;
  }

  /** A request ends with its client, but for what `waitUntil` holds. */
  #endWithClient(signal: AbortSignal, process: Process, pending: Set<Promise<unknown>>): void {
    signal.addEventListener("abort", async () => {
      // What the code itself does about it comes first.
      await Promise.resolve();
      while (pending.size > 0) await Promise.allSettled(pending);
      process.die();
    });
  }

  /** The runtime cancels a request that awaits nothing of its own. */
  #cancelHung(process: Process): void {
    process.onIdle = () => {
      this.#world.queue.after(0.001, () => {
        if (process.pending > 0 || !process.onIdle || !process.isAlive) return;
        this.#world.fail("S8", `${process.name} is canceled as hung`);
        process.die();
      });
    };
  }

  /** kill ends everything that runs in the Worker. */
  kill(): void {
    for (const process of [...this.#running]) process.die();
    this.#envs = new WeakMap();
  }
}
