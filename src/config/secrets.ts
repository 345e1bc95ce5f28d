import { ok } from "../base/result.ts";
import { bad, type ParseSetting } from "./reader.ts";

/**
 * secrets reads signing secrets separated by spaces: the first signs, any verifies, so that one can
 * take over from another without a gap.
 *
 * @param least how many characters each has at the least
 */
export function secrets(least: number): ParseSetting<readonly string[]> {
  return (text) => {
    const value = text.split(/\s/).filter((secret) => secret !== "");
    if (value.length > 0 && value.every((secret) => secret.length >= least)) return ok(value);
    return bad(`must be secrets of at least ${least} characters each, separated by spaces`);
  };
}
