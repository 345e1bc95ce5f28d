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
    { id: "ImportProblem", description: "Why an operation is refused." },
  ),
  { line: "The line that it ends in, from 1.", id: "The operation, where the line says it." },
);

/** importReport is what became of the lines of an import. */
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
    { id: "ImportReport", description: "What became of the lines of an import." },
  ),
  {
    lines: "How many were read.",
    unchanged: "There already, from the same lines or with the same content.",
    expired: "Over by now: nothing is stored of them.",
    skipped: "What the export could not read: the lines have only its ids.",
    problems: "The first thousand of those that are refused.",
    isWhole: "Whether the body was a whole export, from its first line to its last, as written.",
    next: "The line to go on from where one request takes no more; send the first line again before it.",
  },
);
