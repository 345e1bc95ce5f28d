import { type Status as OperationStatus, statuses } from "../../core/operation/operation.ts";
import { usage } from "../exit-status.ts";

/** collect gathers the values of an option that may be given more than once. */
export function collect(value: string, before: readonly string[] | undefined): string[] {
  return [...(before ?? []), value];
}

/**
 * labelsOf reads `name=value` arguments.
 *
 * @throws CommandFailure for an invalid one, or for a name given twice with different values
 */
export function labelsOf(given: readonly string[] = []): Record<string, string> {
  const labels = new Map<string, string>();
  for (const text of given) {
    const at = text.indexOf("=");
    if (at < 1) throw usage(`Invalid --label ${JSON.stringify(text)}: must be name=value`);
    const name = text.slice(0, at);
    const value = text.slice(at + 1);
    if (labels.has(name) && labels.get(name) !== value) {
      throw usage(`Cannot use --label ${JSON.stringify(name)} twice with different values`);
    }
    labels.set(name, value);
  }
  return Object.fromEntries(labels);
}

/** wordsOf returns the words of an option that may be given more than once, or separated by commas. */
export function wordsOf(given: readonly string[] = []): string[] {
  return given.flatMap((text) => text.split(",")).filter((word) => word !== "");
}

/** statusesOf reads `--status`. @throws CommandFailure for an unknown status */
export function statusesOf(given: readonly string[] | undefined): OperationStatus[] {
  return wordsOf(given).map((word) => {
    const status = statuses.find((one) => one === word);
    if (status) return status;
    throw usage(`Invalid --status ${JSON.stringify(word)}: must be one of ${statuses.join(", ")}`);
  });
}

/** wholeNumber reads a whole number from `low` to `high`. @throws CommandFailure for any other text */
export function wholeNumber(name: string, text: string, low: number, high: number): number {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= low && value <= high) return value;
  throw usage(
    `Invalid ${name} ${JSON.stringify(text)}: must be a whole number from ${low} to ${high}`,
  );
}
