import type { Deployment } from "./deployment.ts";
import { passing } from "./object-host.ts";
import { here, Process, type World } from "./world.ts";

/** Isolate is one Worker that takes requests: its version of the code, and what runs in it. */
export class Isolate {
  deployment: Deployment;
  readonly #world: World;
  readonly #running = new Set<Process>();
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
        process.onDeath(() => reject(passing("the Worker is gone", "retryable")));
        began(process);
        const pending = new Set<Promise<unknown>>();
        const context = {
          props: {},
          exports: {},
          passThroughOnException: () => {},
          waitUntil: (promise: Promise<unknown>) => {
            pending.add(promise);
          },
        };
        process.run(async () => {
          try {
            const response = (await deployment.fetch(
              request,
              deployment.env,
              context as unknown as ExecutionContext,
            )) as Response;
            this.#world.hop(() => resolve(response));
          } catch (thrown) {
            this.#world.hop(() => reject(thrown));
          }
        });
      });
    });
  }

  /** kill ends everything that runs in the Worker. */
  kill(): void {
    for (const process of this.#running) process.die();
    this.#running.clear();
  }
}
