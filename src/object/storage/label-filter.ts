/** Labels are names and values; an operation must have all of them. */
export type Labels = readonly (readonly [string, string])[];

/** Condition is a condition in SQL, and its bindings in order. */
export interface Condition {
  readonly sql: string;
  readonly bindings: readonly (string | number)[];
}

/**
 * labelled returns the condition that a document has all of these labels, at least one of them. A document is parsed at
 * most once, and only if it contains the text of the first label: documents are written by JSON.stringify, so the same
 * label is the same text. A damaged document has no labels.
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
