import type { Task } from "../../runner/attempt.ts";
import type { Deployment } from "../../runner/deployment.ts";
import type { Ended } from "../../runner/outcome.ts";
import type { Runner } from "../../runner/runner.ts";
import { InlineAttempts } from "./inline-attempts.ts";

/** invoking makes attempts by the Worker's Runner: those of kinds that say `inline` together. */
export function invoking(
  ctx: DurableObjectState,
  deployment: Deployment,
): (task: Task) => Promise<Ended> {
  const runner = () => deployment.runnerOf<Pick<Runner, "run" | "runMany">>(ctx.exports);
  const named = (task: Task) => (ctx.id.name === undefined ? task : { ...task, name: ctx.id.name });
  const one = async (task: Task) => runner().run(named(task));
  const many = async (tasks: readonly Task[]) => runner().runMany(tasks.map(named));
  const inline = new InlineAttempts({ one, many });
  return async (task) => {
    const isInline = deployment.kinds.findWork(task.kind)?.inline === true;
    return isInline ? inline.run(task) : one(task);
  };
}
