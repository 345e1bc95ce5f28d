import { failed, ok, type Result } from "../../base/result.ts";
import type { Requirement } from "../../core/document.ts";
import { type Failure, type FieldError, invalid, quote } from "../../core/errors.ts";
import { maxRequirements } from "../../core/limits.ts";

/**
 * parseSelector reads a label selector: `a=b,c==d,e!=f`, all of which must match. The empty text selects everything,
 * and empty parts are ignored. Source: Kubernetes, pkg/labels of June 2014.
 */
export function parseSelector(text: string): Result<readonly Requirement[], Failure> {
  const parts = text.split(",").filter((part) => part.trim() !== "");
  if (parts.length > maxRequirements) {
    return refused(`at most ${maxRequirements} labels are allowed`);
  }
  const requirements: Requirement[] = [];
  for (const part of parts) {
    const found = /^([^=!]+)(!=|==?)([^=!]*)$/.exec(part);
    const label = found?.[1]?.trim() ?? "";
    if (label === "") return refused(`must be name=value or name!=value, not ${quote(part)}`);
    const value = found?.[3]?.trim() ?? "";
    requirements.push({ label, value, isEqual: found?.[2] !== "!=" });
  }
  return ok(requirements);
}

function refused(message: string): Result<never, Failure> {
  const wrong: FieldError = { path: "labels", message };
  return failed(invalid([wrong]));
}
