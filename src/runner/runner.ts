import { WorkerEntrypoint } from "cloudflare:workers";
import { maxLogText } from "../core/log-line.ts";
import type { Task } from "./attempt.ts";
import type { Deployment } from "./deployment.ts";
import type { Ended } from "./outcome.ts";
import { runAttempt } from "./run-attempt.ts";

/** mostResults is how large the results of attempts that end together may be, in bytes. */
const mostResults = 24 * 1024 * 1024;

/**
 * Runner is the entrypoint in which work runs: outside the object's own events, so that the object responds while work
 * uses CPU time. It calls the object by RPC, as any other caller does.
 */
export class Runner extends WorkerEntrypoint<Cloudflare.Env> {
  readonly #deployment: Deployment;

  constructor(ctx: ExecutionContext, env: Cloudflare.Env, deployment: Deployment) {
    super(ctx, env);
    this.#deployment = deployment;
  }

  /**
   * runMany makes several attempts of `inline` kinds in this one invocation, and returns how each ended. It leaves out
   * those that would make the message too large; they are made again alone.
   */
  async runMany(tasks: readonly Task[]): Promise<(Ended | undefined)[]> {
    const all = await Promise.all(tasks.map((task) => this.run(task)));
    let size = 0;
    return all.map((ended) => {
      const { body } = ended;
      // Text may take two bytes per character.
      size += typeof body === "string" ? 2 * body.length : (body?.byteLength ?? 0);
      if (ended.log) size += 2 * maxLogText;
      return size <= mostResults ? ended : undefined;
    });
  }

  /** run makes one attempt. It returns how the attempt ended and does not throw. */
  run(task: Task): Promise<Ended> {
    return runAttempt(task, this.#deployment, this.env);
  }
}
