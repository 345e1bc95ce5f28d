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
    { id: "StepUndo", description: "Whether a step that is done and can be undone is undone." },
  ),
  {
    state: "`due` until the operation fails or is canceled, and somebody has tried.",
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
    until: "When a sleep ends, or a step that has failed is tried again.",
    tries: "How often it was tried, where that is more than once.",
  },
);

const progress = noted(
  z.object({
    time: timestamp,
    percentComplete: z.optional(z.number()),
    statusMessage: z.optional(z.string()),
  }),
  { id: "ProgressReport", description: "How far an attempt was at a time." },
);

/** logLine is what an attempt logged. */
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
    line: "Counts the lines of the attempt, from 1. Where numbers are missing, lines were left out.",
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
    { id: "Attempt", description: "What became of one attempt." },
  ),
  {
    endedAt: "Left out while it is under way, as `outcome` is.",
    outcome:
      "`interrupted` if it was lost, `released` if its worker gave it back, `parked` if the next one goes on where it stopped, `postponed` if it could not be made as things were, `compensated` if it is through with undoing steps.",
    worker: "What the worker that claimed it calls itself.",
    undoing: "Whether it undoes steps, and nothing else.",
    progress: `The last ${keptReports} reports, oldest first.`,
    log: `The last ${maxLines} lines, in ${maxLogText} characters of JSON, oldest first.`,
  },
);

/** attempts is the history of an operation. */
export const attempts = noted(z.object({ attempts: z.array(attempt) }), {
  id: "Attempts",
  description: `The last ${keptAttempts} attempts, oldest first.`,
});
