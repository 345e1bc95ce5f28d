import { readStored } from "../base/json.ts";
import { Logger } from "../base/log.ts";
import { traceIdOf } from "../core/trace.ts";
import type { Task } from "./attempt.ts";
import { Context } from "./context.ts";
import type { Deployment } from "./deployment.ts";
import { type Ended, postponed, succeeded, superseded, thrown } from "./outcome.ts";

/** runAttempt makes one attempt. It returns how the attempt ended and does not throw. */
export async function runAttempt(
  task: Task,
  deployment: Deployment,
  env: Cloudflare.Env,
): Promise<Ended> {
  const found = deployment.configOf(env);
  if (!found.ok) return postponed("The configuration is invalid");
  const config = found.value;
  const { id, attempt, kind: name } = task;
  const log = new Logger("object/runner", config.verbosity, {
    operation: id,
    attempt,
    kind: name,
    ...(task.trace && { trace: traceIdOf(task.trace) }),
  });
  log.V(1)?.info("attempt starts");
  const context = new Context(task, deployment, env, config, log);
  const ended = await attemptOf(task, deployment, context, log);
  await context.close();
  log.V(1)?.info("attempt ends");
  const spans = context.calls?.ended ?? [];
  const rest = context.lines.isSilent ? [] : await context.lines.rest();
  if (spans.length + rest.length === 0) return ended;
  return { ...ended, ...(spans.length > 0 && { spans }), ...(rest.length > 0 && { log: rest }) };
}

async function attemptOf(
  { kind: name, input: text }: Task,
  deployment: Deployment,
  context: Context,
  log: Logger,
): Promise<Ended> {
  try {
    const kind = deployment.kinds.findWork(name);
    // The object starts only kinds that this code has; if it did start another, a later attempt may find it.
    if (!kind) return postponed(`This Worker no longer has a kind ${JSON.stringify(name)}`);
    const input = text === "" ? undefined : readStored<unknown>(text);
    const work = kind.run(input, context);
    if (context.undoing) return await Promise.race([context.undo(work), context.left]);
    const over = work.then(() => context.settle());
    const left = await Promise.race([over, context.left]);
    if (left) {
      const { outcome } = left;
      const isFailure = outcome.type === "failed" && !outcome.retryable && left !== superseded;
      if (isFailure) await context.ended();
      return left;
    }
    const ended = await succeeded(await work, context.room());
    await context.stored();
    return ended;
  } catch (error) {
    await Promise.race([context.ended(), context.left]);
    if (context.stopReason === "canceled") return { outcome: { type: "canceled" } };
    if (context.stopReason === "over") return superseded;
    return thrown(error, log);
  }
}
