import { formatDuration } from "../../../base/duration.ts";
import { parseId } from "../../../core/id.ts";
import type { MoveRules } from "../../../core/moving/moving.ts";
import { isTerminal } from "../../../core/operation/operation.ts";
import { defaultWaitDeadline } from "../../../core/operation/wait.ts";
import { leastInterval, unlimited } from "../../../core/retry.ts";
import type { TypeOf } from "../../../core/shape/shape.ts";
import { misfit, type operationShape } from "./shapes.ts";

/** ahead is how far the clock of another deployment may be ahead, in milliseconds. */
const ahead = 60_000;

/** mostAttempts is the highest number of attempts that a create may request, apart from no limit. */
const mostAttempts = 100;

/** Exported is an operation as it is in a file. */
export type Exported = TypeOf<typeof operationShape>;

/** Wrong is a problem with an operation, and where it is. */
export interface Wrong {
  readonly path: string;
  readonly message: string;
}

/** wrongLife returns what is impossible in an operation's life here: a status, a time, a number of attempts. */
export function wrongLife(op: Exported, rules: MoveRules, now: number): Wrong | undefined {
  const member = misfit(op);
  if (member !== undefined) {
    return { path: `operation.${member}`, message: `does not go with the status ${op.status}` };
  }
  const made = parseId(op.id)?.time ?? 0;
  if (made > now + ahead || op.updatedAt > now + ahead) {
    return { path: "operation.updatedAt", message: "must not be in the future" };
  }
  if (op.updatedAt < op.createdAt)
    return { path: "operation.updatedAt", message: "must not be before createdAt" };
  const { createdAt, updatedAt, startedAt, finishedAt, cancelRequestedAt } = op;
  for (const [name, at = createdAt] of Object.entries({
    startedAt,
    finishedAt,
    cancelRequestedAt,
  })) {
    if (at < createdAt || at > updatedAt) {
      return { path: `operation.${name}`, message: "must be from createdAt to updatedAt" };
    }
  }
  if (op.finishedAt !== undefined && op.expiresAt !== op.finishedAt + op.ttl) {
    return { path: "operation.expiresAt", message: "must be finishedAt plus ttl" };
  }
  if (op.ttl > rules.maxTtl) return atMost("operation.ttl", op.ttl, rules.maxTtl, "MAX_TTL");
  const { maxTtl } = (Object.hasOwn(rules.retention, op.kind) && rules.retention[op.kind]) || {};
  if (maxTtl !== undefined && op.ttl > maxTtl) {
    return atMost("operation.ttl", op.ttl, maxTtl, "RETENTION of its kind");
  }
  return isTerminal(op) ? undefined : (wrongRetry(op) ?? wrongDeadline(op, rules, now + ahead));
}

/** What is wrong with its attempts. */
function wrongRetry({ retry, attempt, resumed = 0 }: Exported): Wrong | undefined {
  const { maxAttempts, initialInterval, maximumInterval } = retry;
  const isPaced = Math.min(initialInterval, maximumInterval) >= leastInterval;
  if (maxAttempts > mostAttempts && !(maxAttempts === unlimited && isPaced)) {
    const message = `must be at most ${mostAttempts}, or ${unlimited} with intervals of 1s and more`;
    return { path: "operation.retry.maxAttempts", message };
  }
  // Attempts that do not count against `retry`.
  if (resumed <= attempt) return undefined;
  return { path: "operation.resumed", message: "must be at most attempt" };
}

/** What is wrong with the time that it has left, which cannot have been extended. */
function wrongDeadline(op: Exported, { maxDeadline }: MoveRules, now: number): Wrong | undefined {
  const { deadline = 0, deadlineAt, wait, compensation } = op;
  if (deadline > maxDeadline) {
    return atMost("operation.deadline", deadline, maxDeadline, "MAX_DEADLINE");
  }
  const waits = Math.max(maxDeadline, op.waitDeadline ?? defaultWaitDeadline);
  const isLate = (at: number) => at > now + maxDeadline + waits;
  const tooLong = (path: string) => ({ path, message: "must be sooner: it exceeds MAX_DEADLINE" });
  // It may start or be parked as late as that, and then still has its deadline.
  if (isLate(deadlineAt - maxDeadline)) return tooLong("operation.deadlineAt");
  if (wait && (wait.at > now || wait.left > maxDeadline + ahead)) return tooLong("operation.wait");
  const { within = 0 } = compensation ?? {};
  return isLate(now + within) ? tooLong("operation.compensation.within") : undefined;
}

function atMost(path: string, value: number, most: number, name: string): Wrong {
  const message = `requires a ${name} of ${formatDuration(value)}, and it is ${formatDuration(most)}`;
  return { path, message };
}
