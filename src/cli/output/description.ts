import type {
  Attempt,
  AttemptStep,
  FailureReason,
  Operation,
  StepUndo,
} from "../../client/index.ts";
import { isAsleep, isFinished } from "../../client/index.ts";
import { requestText } from "../../core/upstream-request.ts";
import { age } from "./age.ts";
import { logText } from "./log-text.ts";
import { colourOf, messageOf, percentOf } from "./operation-table.ts";
import { plainJson, plainLines, plainText } from "./plain-text.ts";
import type { Screen } from "./screen.ts";

/** firstLines is how many lines of a result are shown. */
const firstLines = 20;

/** lastLines is how many lines of the log of an attempt are shown. */
const lastLines = 10;

type Fact = readonly [name: string, value: string | undefined];

/**
 * description writes everything about an operation, as `kubectl describe` does: its members, then each attempt with its
 * steps and the last lines of its log. Text from others is made plain.
 */
export function description(
  operation: Operation,
  attempts: readonly Attempt[],
  screen: Screen,
  now = Date.now(),
): string {
  const { id, kind, labels, metadata, status, upstream, version } = operation;
  const since = (time: string | undefined) =>
    time && `${plainText(time)} (${ageOf(Date.parse(time), now)})`;
  const named = Object.entries(labels).map(([name, value]) => `${name}=${value}`);
  const facts: Fact[] = [
    ["ID", id],
    ["Kind", kind],
    ["Status", undefined],
    ["Message", messageOf(operation)],
    ["Done", percentOf(operation)],
    ["Upstream", upstream && requestText(upstream)],
    ["Labels", named.join(", ")],
    ["Priority", operation.priority?.toString()],
    ["Rerun of", operation.rerunOf],
    ["Trace", operation.traceparent?.split("-")[1]],
    ["Version", `${version}`],
    ["Created", since(operation.createdAt)],
    ["Started", since(operation.startedAt)],
    ["Cancel asked", since(operation.cancelRequestedAt)],
    [
      isAsleep(operation) ? "Wakes" : "Deadline",
      isFinished(operation) ? undefined : since(operation.deadlineAt),
    ],
    ["Finished", isFinished(operation) ? since(operation.finishedAt) : undefined],
    ["Expires", isFinished(operation) ? since(operation.expiresAt) : undefined],
  ];
  const colour = colourOf(status);
  const shown = facts.map(([name, value]): Fact => {
    if (name !== "Status") return [name, value && plainText(value)];
    return [name, colour ? screen.paint(colour, plainText(status)) : plainText(status)];
  });
  const notes =
    Object.keys(metadata).length > 0 ? ["Metadata:", indented(plainJson(metadata))] : [];
  const told = attempts.map((attempt) => attemptText(attempt, screen, now));
  return [
    listed(shown, ""),
    ...notes,
    ...resultLines(operation),
    "Attempts:",
    ...(told.length > 0 ? told : ["  none yet"]),
  ].join("\n");
}

/** The result of one that has succeeded, or how to get it if it is not shown. */
function resultLines(operation: Operation): string[] {
  if (operation.status !== "succeeded") return [];
  const { id, largeResult, result } = operation;
  const whole = `kubecfg result ${id}`;
  if (largeResult !== undefined) {
    const { mediaType, size } = largeResult;
    return [`Result (${plainText(mediaType)}, ${size} bytes; ${whole} has it)`];
  }
  if (result === undefined) return [`Result (${whole} has it)`];
  const lines = plainJson(result).split("\n");
  const left =
    lines.length > firstLines ? ` (the first ${firstLines} lines; ${whole} has all)` : "";
  return [`Result${left}:`, indented(lines.slice(0, firstLines).join("\n"))];
}

function attemptText(attempt: Attempt, screen: Screen, now: number): string {
  const { startedAt, endedAt, outcome, error, worker, undoing, steps, progress, log } = attempt;
  const took = (endedAt === undefined ? now : Date.parse(endedAt)) - Date.parse(startedAt);
  const latest = progress.at(-1);
  const at =
    latest && [percent(latest.percentComplete), latest.statusMessage].filter((text) => text);
  const facts: Fact[] = [
    ["Outcome", outcome ?? (undoing ? "undoing" : "under way")],
    ["Started", startedAt],
    ["Took", age(took)],
    ["Worker", worker],
    ["Error", error && errorText(error)],
    ["Progress", at?.join(" ")],
  ];
  const parts = [
    `  ${screen.paint("bold", `Attempt ${attempt.attempt}`)}`,
    listed(
      facts.map(([name, value]) => [name, value && plainText(value)]),
      "    ",
    ),
  ];
  if (error?.stack !== undefined) parts.push("    Stack:", indented(plainLines(error.stack), 6));
  if (steps.length > 0) parts.push("    Steps:", ...steps.map((step) => `      ${stepText(step)}`));
  if (log.length > 0) {
    const left = log.length > lastLines ? ` (the last ${lastLines}; kubecfg logs shows all)` : "";
    parts.push(
      `    Log${left}:`,
      ...log.slice(-lastLines).map((line) => `      ${logText(line, screen)}`),
    );
  }
  return parts.join("\n");
}

function stepText(step: AttemptStep): string {
  const { name, type, startedAt, endedAt, until, tries, error, undo } = step;
  const took = endedAt && age(Date.parse(endedAt) - Date.parse(startedAt));
  const said = [
    type === "step" ? undefined : type,
    took ?? (until === undefined ? undefined : `until ${until}`),
    tries === undefined ? undefined : `${tries} tries`,
    error && errorText(error),
    undo && undo.state !== "due" ? undoText(undo) : undefined,
  ].filter((text) => text !== undefined);
  return plainText(`${name}: ${said.join(", ")}`);
}

function undoText({ state, attempt, error }: StepUndo): string {
  if (state === "undone") return `undone by attempt ${attempt}`;
  return `not undone${error ? ` (${errorText(error)})` : ""}`;
}

function errorText({ code, message }: FailureReason): string {
  return `${code}: ${message}`;
}

function percent(done: number | undefined): string | undefined {
  return done === undefined ? undefined : `${Math.floor(done)}%`;
}

/** Facts one below the other, without the empty ones. */
function listed(facts: readonly Fact[], indent: string): string {
  const known = facts.filter(([, value]) => value);
  const width = Math.max(...known.map(([name]) => name.length)) + 2;
  return known.map(([name, value]) => `${indent}${`${name}:`.padEnd(width)} ${value}`).join("\n");
}

function indented(text: string, by = 2): string {
  return text.replace(/^/gm, " ".repeat(by));
}

function ageOf(time: number, now: number): string {
  return time > now ? `in ${age(time - now)}` : `${age(now - time)} ago`;
}
