import * as z from "zod/mini";
import { errors } from "../../../core/errors.ts";
import { problemOf } from "./examples.ts";
import { fieldErrors, operation } from "./operation-answers.ts";
import { errorCode } from "./scalars.ts";
import { described, noted } from "./vocabulary.ts";

/** problem is the body of every error of the API. */
export const problem = described(
  noted(
    z.object({
      type: z.string(),
      title: z.string(),
      detail: z.string(),
      instance: z.string(),
      error: z.object({ code: errorCode, message: z.string() }),
      errors: z.optional(fieldErrors),
      operation: z.optional(operation),
    }),
    {
      id: "Problem",
      description: "RFC 9457, without `status`, which is that of the response.",
      examples: [problemOf("validation-failed")],
    },
  ),
  {
    type: "The URL of a page about this code.",
    instance: "The path of the request.",
    errors: "With `validation-failed`.",
    operation: "With `operation-failed` and `operation-canceled`: the operation.",
  },
);

/** problemPage explains an error code. */
export const problemPage = noted(
  z.object({
    code: errorCode,
    status: z.int().check(z.gte(400), z.lte(599)),
    title: z.string(),
  }),
  {
    id: "ProblemPage",
    description: "The meaning of a code, and its HTTP status.",
    examples: [{ code: "not-found", ...errors["not-found"] }],
  },
);
