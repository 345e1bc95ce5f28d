import { usage } from "../exit-status.ts";

/** What kubectl's selectors know and the service does not, and how each looks. */
const others: readonly (readonly [pattern: RegExp, name: string])[] = [
  [/^[^=!]+!=/, "!="],
  [/\s+notin\s*\(/, "notin"],
  [/\s+in\s*\(/, "in"],
  [/^!/, "!"],
  [/^[^=]+[<>]/, "< and >"],
];

/**
 * selectorOf reads filters by label as kubectl writes them, as far as the service can tell them apart:
 * `name=value` or `name==value`, several with commas between, all of which must match. A comma in a value
 * stands behind a backslash.
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
