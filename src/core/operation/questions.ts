import { isReporting, resume } from "./attempts.ts";
import { entered } from "./change.ts";
import type { Event } from "./event.ts";
import type { Operation, Unfinished } from "./operation.ts";
import { unparked } from "./wait.ts";

/** ask makes the operation wait for the answer to its attempt's next question. */
export function ask(op: Unfinished, event: Event & { type: "ask" }, now: number): Operation {
  const isNext = event.index === (op.answers?.length ?? 0);
  if (op.external || !isReporting(op, event.attempt)) return op;
  if (op.status !== "running" || !isNext) return op;
  const { interruptedInRow, ...rest } = op;
  return entered(rest, now, { status: "input_required", inputRequest: event.request });
}

/** answer stores the answer to the open question; if the attempt that asked is lost, another one starts. */
export function answer(op: Unfinished, event: Event & { type: "answer" }, now: number): Operation {
  const before = op.answers ?? [];
  if (op.status !== "input_required" || event.index !== before.length) return op;
  const { by } = event;
  const news = {
    answers: [...before, event.answer],
    ...(by !== undefined && { answeredBy: [...(op.answeredBy ?? []), by] }),
  };
  if (op.isParked) return resume({ ...unparked(op, now), ...news }, now);
  return entered(op, now, { status: "running" }, news);
}
