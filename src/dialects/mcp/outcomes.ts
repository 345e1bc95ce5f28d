import { ok } from "../../base/result.ts";
import type { CallResult } from "./call-result.ts";
import type { Era } from "./era.ts";
import type { Outcome } from "./json-rpc.ts";

/** completed is the outcome of a call whose result is there; in 2026 it says so. */
export function completed(era: Era["name"], result: CallResult): Outcome {
  return ok(era === "modern" ? { resultType: "complete", ...result } : { ...result });
}
