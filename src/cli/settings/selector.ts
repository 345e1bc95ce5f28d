import { usage } from "../exit-status.ts";

/** What kubectl's selectors support and the service does not, with a pattern for each. */
const others: readonly (readonly [pattern: RegExp, name: string])[] = [
  [/^[^=!]+!=/, "!="],
  [/\s+notin\s*\(/, "notin"],
  [/\s+in\s*\(/, "in"],
  [/^!/, "!"],
  [/^[^=]+[<>]/, "< and >"],
];

/**
 * selectorOf reads filters by label in kubectl's notation, as far as the service supports it: `name=value` or
 * `name==value`, several separated by commas, all of which must match. A comma in a value is escaped by a backslash.
 *
 * @throws CommandFailure for any other, which it names, and for a name with two values
 */
export function selectorOf(given: readonly string[] = []): Record<string, string> {
  const labels = new Map<string, string>();
  for (const text of given) {
    const other = others.find(([pattern]) => pattern.test(text));
    if (other) {
      throw usage(
        `Invalid --label ${JSON.stringify(text)}: must be name=value, without ${other[1]}; to filter otherwise, use -o json`,
      );
    }
    for (const one of text.split(/(?<!\\),/)) {
      const [, name = "", value = ""] = /^([^=]+)==?(?!=)([\s\S]*)$/.exec(one) ?? [];
      if (name.trim() === "") {
        throw usage(`Invalid --label ${JSON.stringify(text)}: must be name=value`);
      }
      add(name.trim(), value.replaceAll("\\,", ","));
    }
  }
  return Object.fromEntries(labels);

  function add(name: string, value: string): void {
    if (labels.has(name) && labels.get(name) !== value) {
      throw usage(`Cannot use --label ${JSON.stringify(name)} twice with different values`);
    }
    labels.set(name, value);
  }
}
