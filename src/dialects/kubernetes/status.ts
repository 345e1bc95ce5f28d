import { everything, type Failure } from "../../core/errors.ts";

/** basePath is the path of the wire of 2014. */
export const basePath = "/api/v1beta1";

/**
 * encodeStatus writes a Status. Its details are always a text: clients of that time read an object as an empty text,
 * and poll the list of operations forever.
 */
export function encodeStatus(status: "success" | "failure" | "working", details?: string): string {
  return JSON.stringify({ kind: "Status", status, ...(details !== undefined && { details }) });
}

/** encodeFailure writes a Failure as a Status that says everything that is wrong, and where. */
export function encodeFailure(failure: Failure): string {
  return encodeStatus("failure", everything(failure));
}
