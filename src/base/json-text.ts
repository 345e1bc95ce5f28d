/**
 * JsonText is JSON as a text that is kept as it is: what JSON.parse would round or overflow
 * (`9007199254740993`, `1e400`), or would write otherwise (`1.0`, `1E5`). encodeJson writes it
 * unchanged, wherever it stands in a value; JSON.stringify writes what JSON.parse makes of it.
 */
export class JsonText {
  readonly text: string;

  /** @throws SyntaxError for a text that is not JSON */
  constructor(text: string) {
    JSON.parse(text);
    this.text = text;
  }

  toString(): string {
    return this.text;
  }

  toJSON(): unknown {
    return JSON.parse(this.text);
  }
}

/**
 * encodeJson is JSON.stringify, but for every JsonText in the value, which it writes as it is. It
 * answers undefined where JSON.stringify does.
 *
 * @throws TypeError as JSON.stringify does
 */
export function encodeJson(value: unknown): string | undefined {
  const text = JSON.stringify(value) as string | undefined;
  // What has been written has no cycle, so it can be walked.
  return text === undefined || !holdsText(value) ? text : write(value);
}

function holdsText(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  return value instanceof JsonText || Object.values(value).some(holdsText);
}

function write(value: unknown): string | undefined {
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  if (value instanceof JsonText) return value.text;
  if ("toJSON" in value) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map((item) => write(item) ?? "null").join(",")}]`;
  const members = Object.entries(value).flatMap(([name, member]) => {
    const text = write(member);
    return text === undefined ? [] : [`${JSON.stringify(name)}:${text}`];
  });
  return `{${members.join(",")}}`;
}
