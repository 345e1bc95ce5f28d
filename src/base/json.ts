/**
 * jsonLine writes a value as JSON that stays one line, and moves no cursor, wherever it is shown:
 * JSON.stringify leaves DEL, the C1 controls (NEL and CSI among them) and U+2028 and U+2029 as they
 * are. JSON.parse reads it back to the same value.
 */
export function jsonLine(value: string | object): string {
  return JSON.stringify(value).replace(
    /[\u007f-\u009f\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/**
 * readStored reads JSON that was stored.
 *
 * @throws Error for what is damaged. It quotes nothing, as JSON.parse does: what was stored may be secret, and
 *   what is thrown is logged
 */
export function readStored<T>(text: string): T {
  try {
    return JSON.parse(text) as T;
  } catch {
    throw new Error("What is stored is not JSON");
  }
}
