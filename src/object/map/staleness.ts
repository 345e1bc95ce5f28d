import { type Failure, failure } from "../../core/errors.ts";
import type { Operations } from "./operations.ts";

/** staleness is why a change that asks for a version cannot be made, or undefined where it can. */
export function staleness(
  map: Pick<Operations, "snapshot">,
  id: string,
  ifVersion: number | undefined,
): Failure | undefined {
  if (ifVersion === undefined) return undefined;
  const reply = map.snapshot(id);
  if (reply.error) return reply.error;
  if (reply.op.version === ifVersion) return undefined;
  const message = `Operation ${id} is at version ${reply.op.version}, not ${ifVersion}`;
  return failure("precondition-failed", message);
}
