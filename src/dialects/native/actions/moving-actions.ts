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

/** movingTexts returns their documentation. As a function, it is left out of the Worker's bundle. */
export function movingTexts(): ActionTexts<keyof typeof movingActions> {
  return {
    exportOperations: {
      tag: "Service",
      summary: "Export all operations",
      description:
        "Returns JSON Lines with every operation: its input, result, attempts, steps, output, deliveries and idempotency key; and every document of the `kubernetes` dialect. The last line confirms that the export is complete. To resume an export that broke off, pass the `cursor` of its last line of type `cursor`. Only available in a Worker of your own if `createOperations` was given `moving`.",
      answers: { 200: { description: "The export.", content: "lines" } },
      problems: ["validation-failed", "not-found"],
    },
    importOperations: {
      tag: "Service",
      summary: "Import operations",
      description:
        "Stores the operations of an export. Ids are kept, and importing the same lines again changes nothing. Unfinished operations end as `interrupted`, or continue with `start=true`, their current attempt counting as lost.",
      body: { schema: "lines" },
      answers: {
        200: { description: "What was imported, and what was refused.", content: importReport },
      },
      problems: ["validation-failed", "malformed-request", "unsupported-media-type", "not-found"],
    },
  };
}
