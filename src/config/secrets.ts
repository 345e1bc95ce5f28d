import { ok } from "../base/result.ts";
import { bad, type ParseSetting } from "./reader.ts";

/**
 * secrets parses signing secrets separated by spaces: the first one signs, any verifies, so that secrets can be rotated
 * without a gap.
 *
 * @param least the minimum length of each, in characters
 */
export function secrets(least: number): ParseSetting<readonly string[]> {
  return (text) => {
    const value = text.split(/\s/).filter((secret) => secret !== "");
    if (value.length > 0 && value.every((secret) => secret.length >= least)) return ok(value);
    return bad(`must be secrets of at least ${least} characters each, separated by spaces`);
  };
}
