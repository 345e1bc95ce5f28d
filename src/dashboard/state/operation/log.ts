import type { Attempt, LogLine, Operation } from "../../../client/index.ts";
import type { Status } from "../../../core/operation/operation.ts";
import type { Seen } from "./progress-log.ts";

/** Entry is something that happened to an operation, or a line that its work logged. */
export interface Entry {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly type: "event" | "progress" | "line";
  readonly title: string;
  /** Further details from clients. */
  readonly detail?: string | undefined;
  /** For an end: its status. */
  readonly status?: Status | undefined;
  /** For a line: the line. */
  readonly line?: LogLine | undefined;
}

/**
 * logOf returns the history of an operation, oldest first: its own times, its attempts, their progress and log, and the
 * changes that this page has seen.
 */
export function logOf(
  operation: Operation,
  attempts: readonly Attempt[],
  seen: readonly Seen[],
): readonly Entry[] {
  const entries: Entry[] = [event(operation.createdAt, "Created")];
  if (operation.startedAt !== undefined) entries.push(event(operation.startedAt, "Started"));
  for (const [index, attempt] of attempts.entries()) {
    const { startedAt, endedAt, outcome, error } = attempt;
    const before = attempts[index - 1];
    const verb = before?.outcome === "parked" ? "resumed" : "started";
    if (attempt.attempt > 1) entries.push(event(startedAt, `Attempt ${attempt.attempt} ${verb}`));
    for (const line of attempt.log) {
      entries.push({ at: Date.parse(line.time), type: "line", title: line.message, line });
    }
    const isLast = index === attempts.length - 1 && "finishedAt" in operation;
    if (endedAt !== undefined && outcome && !isLast && outcome !== "parked") {
      const status = outcome === "failed" || outcome === "interrupted" ? "failed" : undefined;
      entries.push({
        ...event(endedAt, `Attempt ${attempt.attempt} ${outcome}`, toldOf(error)),
        status,
      });
    }
    for (const step of attempt.steps) {
      if (step.type !== "ask") continue;
      entries.push(event(step.startedAt, "Asked for input", step.name));
      if (step.endedAt !== undefined) entries.push(event(step.endedAt, "Answered", step.name));
    }
  }
  entries.push(...changesOf(seen, attempts));
  if (operation.cancelRequestedAt !== undefined) {
    entries.push(event(operation.cancelRequestedAt, "Cancel requested"));
  }
  // Sorting is stable: events of the same millisecond keep this order.
  entries.sort((a, b) => a.at - b.at);
  const told = entries.filter((entry, index) => !(isBare(entry) && isBare(entries[index + 1])));
  return "finishedAt" in operation ? [...told, endOf(operation)] : told;
}

/** Of consecutive percentages without a message, only the last is shown. */
function isBare(entry: Entry | undefined): boolean {
  return entry?.type === "progress" && entry.detail === undefined;
}

/** isProblem says whether an entry is a failure, or a line of level warning or above. */
export function isProblem({ status, line }: Entry): boolean {
  return status === "failed" || (line !== undefined && line.level !== "info");
}

/** logText returns entries as lines of text, each with its time in UTC. */
export function logText(entries: readonly Entry[]): string {
  return entries.map(lineOf).join("\n");
}

function lineOf({ at, title, detail, line }: Entry): string {
  const fields = Object.entries(line?.fields ?? {}).map(([name, value]) => `${name}=${value}`);
  const words = [new Date(at).toISOString(), line?.level, title, detail, ...fields];
  return words.filter(Boolean).join(" ");
}

/** Progress reports, each once, and questions for which no step is stored. */
function changesOf(seen: readonly Seen[], attempts: readonly Attempt[]): Entry[] {
  const found: Entry[] = [];
  const told = new Set<string>();
  const report = (at: number, attempt: number, percent?: number, message?: string) => {
    const key = JSON.stringify([attempt, percent, message]);
    if ((percent === undefined && message === undefined) || told.has(key)) return;
    told.add(key);
    const title = percent === undefined ? "Progress" : `${Math.round(percent)}%`;
    found.push({ at, type: "progress", title, detail: message });
  };
  for (const { attempt, progress } of attempts) {
    for (const { time, percentComplete, statusMessage } of progress) {
      report(Date.parse(time), attempt, percentComplete, statusMessage);
    }
  }
  const hasAsked = attempts.some(({ steps }) => steps.some(({ type }) => type === "ask"));
  seen.forEach((now, index) => {
    const before = seen[index - 1];
    const at = new Date(now.at).toISOString();
    const isAsked = now.status === "input_required" && before?.status !== "input_required";
    // While it waits for a retry, the attempt has the same message.
    if (now.status === "running")
      report(now.at, now.attempt, now.percentComplete, now.statusMessage);
    if (isAsked && (!hasAsked || index === seen.length - 1)) {
      found.push(event(at, "Asked for input", now.question));
    }
    if (!hasAsked && before?.status === "input_required" && now.status === "running") {
      found.push(event(at, "Answered"));
    }
  });
  return found;
}

function endOf(operation: Operation & { readonly finishedAt: string }): Entry {
  const error = "error" in operation ? operation.error : undefined;
  const title = endTitles[operation.status as keyof typeof endTitles];
  return { ...event(operation.finishedAt, title, toldOf(error)), status: operation.status };
}

function toldOf(error: { readonly code: string; readonly message: string } | undefined) {
  return error && (error.code === error.message ? error.code : `${error.code}: ${error.message}`);
}

const endTitles = { succeeded: "Succeeded", failed: "Failed", canceled: "Canceled" } as const;

function event(at: string, title: string, detail?: string): Entry {
  return { at: Date.parse(at), type: "event", title, detail };
}
