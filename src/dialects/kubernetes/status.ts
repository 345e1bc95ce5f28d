import { everything, type Failure } from "../../core/errors.ts";

/** basePath is where the wire of 2014 is spoken. */
export const basePath = "/api/v1beta1";

/**
 * encodeStatus writes a Status. Its details are a text in every case: the clients of then read an
 * object as no text, and poll the list of operations for ever.
 */
export function encodeStatus(status: "success" | "failure" | "working", details?: string): string {
  return JSON.stringify({ kind: "Status", status, ...(details !== undefined && { details }) });
}

/** encodeFailure writes a Failure as a Status that says all that is wrong, and where. */
export function encodeFailure(failure: Failure): string {
  return encodeStatus("failure", everything(failure));
}
