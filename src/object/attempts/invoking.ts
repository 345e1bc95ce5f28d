import type { Task } from "../../runner/attempt.ts";
import type { Deployment } from "../../runner/deployment.ts";
import type { Ended } from "../../runner/outcome.ts";
import { runAttempt } from "../../runner/run-attempt.ts";
import type { Runner } from "../../runner/runner.ts";
import type { Surroundings } from "./attempts.ts";
import { InlineAttempts, largeInput } from "./inline-attempts.ts";

/**
 * invoking returns how to run attempts: in the Worker's Runner, those of `inline` kinds together. The first attempt of
 * an operation of such a kind runs in the object itself, in the commit that creates the operation.
 */
export function invoking(
  ctx: DurableObjectState,
  env: Cloudflare.Env,
  deployment: Deployment,
): Pick<Surroundings, "run" | "runHere"> {
  const runner = () => deployment.runnerOf<Pick<Runner, "run" | "runMany">>(ctx.exports);
  const named = (task: Task) => (ctx.id.name === undefined ? task : { ...task, name: ctx.id.name });
  const one = async (task: Task) => runner().run(named(task));
  const many = async (tasks: readonly Task[]) => runner().runMany(tasks.map(named));
  const inline = new InlineAttempts({ one, many });
  const isInline = ({ kind }: Task) => deployment.kinds.findWork(kind)?.inline === true;
  const here = async (task: Task): Promise<Ended> => {
    // Not within the write that creates the operation.
    await undefined;
    return runAttempt(named(task), deployment, env);
  };
  return {
    run: async (task) => (isInline(task) ? inline.run(task) : one(task)),
    runHere: (task) => (isInline(task) && task.input.length <= largeInput ? here(task) : undefined),
  };
}
