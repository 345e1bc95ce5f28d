import type { WorkerOperations } from "../../../src/operations.ts";

/** Deployment is a version of the code with its configuration. */
export interface Deployment extends WorkerOperations {
  readonly name: string;
  readonly env: Cloudflare.Env;
}
