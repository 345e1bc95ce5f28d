/**
 * jsonLine writes a value as JSON that stays on one line, and contains no control characters for terminals:
 * JSON.stringify does not escape DEL, the C1 controls (such as NEL and CSI), U+2028 and U+2029. JSON.parse returns the
 * same value.
 */
export function jsonLine(value: string | object): string {
  return JSON.stringify(value).replace(
    /[\u007f-\u009f\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/**
 * readStored parses JSON that was stored.
 *
 * @throws Error if it is damaged. Unlike JSON.parse's, its message quotes nothing: stored data may be secret, and
 *   errors are logged
 */
export function readStored<T>(text: string): T {
  try {
    return JSON.parse(text) as T;
  } catch {
    throw new Error("What is stored is not JSON");
  }
}

/** isObject says whether a JSON value is an object, and not an array. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
