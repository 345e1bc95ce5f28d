import * as z from "zod/mini";
import { described, noted } from "../vocabulary.ts";

const count = z.int().check(z.gte(0));

const importProblem = described(
  noted(
    z.object({
      line: z.int().check(z.gte(1)),
      id: z.optional(z.string()),
      code: z.string(),
      message: z.string(),
    }),
    { id: "ImportProblem", description: "Why an operation was refused." },
  ),
  {
    line: "The number of its last line, from 1.",
    id: "The id of the operation, if the line has one.",
  },
);

/** importReport is the outcome of an import. */
export const importReport = described(
  noted(
    z.object({
      lines: count,
      accepted: count,
      unchanged: count,
      expired: count,
      refused: count,
      skipped: count,
      problems: z.array(importProblem),
      isWhole: z.boolean(),
      next: z.optional(count),
    }),
    { id: "ImportReport", description: "What was imported, and what was refused." },
  ),
  {
    lines: "How many lines were read.",
    unchanged: "Operations that were there already, from the same lines or with the same content.",
    expired: "Operations that have expired and were not stored.",
    skipped: "Operations that the export could not read; it contains only their ids.",
    problems: "The first 1,000 refusals.",
    isWhole: "Whether the body was a complete and unchanged export.",
    next: "The number of the line to continue from, if there was too much for one request. Send the first line again before it.",
  },
);
