import type { ActionSpecs } from "../../../edge/action-spec.ts";
import { importReport } from "../openapi/answers/import-report.ts";
import { type ActionTexts, operations } from "./action.ts";

/** movingActions move operations from one deployment to another. */
export const movingActions = {
  exportOperations: {
    method: "GET",
    path: `${operations}:export`,
    scope: "admin",
    query: ["cursor"],
  },
  importOperations: {
    method: "POST",
    path: `${operations}:import`,
    scope: "admin",
    query: ["start"],
    request: "bytes",
  },
} as const satisfies ActionSpecs;

/** movingTexts returns what there is to say of them; as a function, it is not in the Worker's bundle. */
export function movingTexts(): ActionTexts<keyof typeof movingActions> {
  return {
    exportOperations: {
      tag: "Service",
      summary: "Export all operations",
      description:
        "JSON Lines: inputs, results, attempts, steps, output, deliveries and idempotency keys of every operation; the last line says that the file is whole. Where it breaks off, `cursor` goes on behind the last line of type `cursor`. A Worker of your own has it where it was given `moving`.",
      answers: { 200: { description: "The lines.", content: "lines" } },
      problems: ["validation-failed", "not-found"],
    },
    importOperations: {
      tag: "Service",
      summary: "Import operations",
      description:
        "Takes the lines of an export. Ids are kept, and the same lines again change nothing. What has not finished ends as `interrupted`; with `start=true` it goes on, its attempt counting as lost.",
      body: { schema: "lines" },
      answers: { 200: { description: "What became of the lines.", content: importReport } },
      problems: ["validation-failed", "malformed-request", "unsupported-media-type", "not-found"],
    },
  };
}
