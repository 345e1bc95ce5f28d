/** Labels are names and values that an operation must have, all of them. */
export type Labels = readonly (readonly [string, string])[];

/** Condition is a condition in SQL, and what is bound to it in its order. */
export interface Condition {
  readonly sql: string;
  readonly bindings: readonly (string | number)[];
}

/**
 * labelled returns the condition that a document has all of these labels, at least one of them. Each
 * document is parsed once, however many there are, and not at all if the text of the first label
 * is not in it: documents are written by JSON.stringify, so the same label is the same text. A
 * document that cannot be read has none.
 */
export function labelled(labels: Labels): Condition {
  const [[name, value] = ["", ""]] = labels;
  const wanted = "SELECT value ->> 0, value ->> 1 FROM json_each(?)";
  const found = `SELECT count(*) FROM json_each(doc, '$.labels') WHERE (key, value) IN (${wanted})`;
  return {
    sql: `CASE WHEN instr(doc, ?) > 0 AND json_valid(doc) THEN (${found}) = ? ELSE 0 END`,
    bindings: [
      `${JSON.stringify(name)}:${JSON.stringify(value)}`,
      JSON.stringify(labels),
      labels.length,
    ],
  };
}
