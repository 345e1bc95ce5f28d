import * as z from "zod/mini";
import { logLevels, maxLines, maxLogText } from "../../../../core/log-line.ts";
import { endings, keptAttempts, keptReports } from "../../../../core/operation/history.ts";
import { operationError } from "../operation-answers.ts";
import { timestamp } from "../scalars.ts";
import { described, noted } from "../vocabulary.ts";

const attemptError = described(
  noted(z.extend(operationError, { stack: z.optional(z.string()) }), {
    id: "AttemptError",
    description: "Why an attempt or a step failed.",
  }),
  { stack: "The message and stack of an unexpected exception; only for the scope `admin`." },
);

const undo = described(
  noted(
    z.object({
      state: z.enum(["due", "undone", "not_undone"]),
      endedAt: z.optional(timestamp),
      attempt: z.optional(z.int()),
      error: z.optional(attemptError),
    }),
    { id: "StepUndo", description: "Whether a completed step that can be undone is undone." },
  ),
  {
    state: "`due` until the operation fails or is canceled and undoing it was tried.",
    endedAt: "When it was tried, or given up.",
    attempt: "The attempt that tried.",
    error: "Why it is not undone.",
  },
);

const step = described(
  noted(
    z.object({
      name: z.string(),
      type: z.enum(["step", "sleep", "ask"]),
      startedAt: timestamp,
      endedAt: z.optional(timestamp),
      until: z.optional(timestamp),
      tries: z.optional(z.int()),
      error: z.optional(attemptError),
      undo: z.optional(undo),
    }),
    { id: "AttemptStep", description: "A step, a sleep or a question that an attempt stored." },
  ),
  {
    until: "When a sleep ends, or when a failed step is tried again.",
    tries: "How many times it was tried, if more than once.",
  },
);

const progress = noted(
  z.object({
    time: timestamp,
    percentComplete: z.optional(z.number()),
    statusMessage: z.optional(z.string()),
  }),
  { id: "ProgressReport", description: "The progress of an attempt at a time." },
);

/** logLine is a log line of an attempt. */
export const logLine = described(
  noted(
    z.object({
      time: timestamp,
      line: z.int(),
      level: z.enum(logLevels),
      message: z.string(),
      fields: z.optional(z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]))),
    }),
    { id: "LogLine", description: "A line that an attempt logged." },
  ),
  {
    line: "The number of the line within the attempt, from 1. Missing numbers are lines that were dropped.",
  },
);

const attempt = described(
  noted(
    z.object({
      attempt: z.int(),
      startedAt: timestamp,
      endedAt: z.optional(timestamp),
      outcome: z.optional(z.enum(endings)),
      error: z.optional(attemptError),
      worker: z.optional(z.string()),
      undoing: z.optional(z.literal(true)),
      steps: z.array(step),
      progress: z.array(progress),
      log: z.array(logLine),
    }),
    { id: "Attempt", description: "One attempt of an operation." },
  ),
  {
    endedAt: "Left out while it is running, like `outcome`.",
    outcome:
      "`interrupted` if it was lost, `released` if its worker released it, `parked` if the next one continues where it stopped, `postponed` if it could not start under the current configuration or code, `compensated` if it has finished undoing steps.",
    worker: "The name of the worker that claimed it.",
    undoing: "Whether it only undoes steps.",
    progress: `The last ${keptReports} reports, oldest first.`,
    log: `The last ${maxLines} lines, in ${maxLogText} characters of JSON, oldest first.`,
  },
);

/** attempts are the attempts of an operation. */
export const attempts = noted(z.object({ attempts: z.array(attempt) }), {
  id: "Attempts",
  description: `The last ${keptAttempts} attempts, oldest first.`,
});
