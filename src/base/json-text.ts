/**
 * JsonText is JSON that is kept as text: values that JSON.parse would round or overflow (`9007199254740993`, `1e400`),
 * or that JSON.stringify would write differently (`1.0`, `1E5`). encodeJson writes it unchanged, anywhere in a value;
 * JSON.stringify writes its parsed value.
 */
export class JsonText {
  readonly text: string;

  /** @throws SyntaxError for a text that is not JSON */
  constructor(text: string) {
    // A body of 1 MiB can contain 250,000 numbers, and parsing each would cost as much as everything else.
    if (!number.test(text)) JSON.parse(text);
    this.text = text;
  }

  toString(): string {
    return this.text;
  }

  toJSON(): unknown {
    return JSON.parse(this.text);
  }
}

/** A JSON number (RFC 8259, section 6). */
const number = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

/**
 * encodeJson is JSON.stringify, except that every JsonText in the value is written unchanged. It returns undefined if
 * JSON.stringify does.
 *
 * @param indent how many spaces each level is indented by; 0 writes one line
 * @throws TypeError as JSON.stringify does
 */
export function encodeJson(value: unknown, indent = 0): string | undefined {
  const text = JSON.stringify(value, undefined, indent) as string | undefined;
  // JSON.stringify has accepted it, so it has no cycle.
  return text === undefined || !holdsText(value) ? text : write(value, " ".repeat(indent), "");
}

/** encodeParsed is encodeJson on one line, for values from parseExact, which have no cycles. */
export function encodeParsed(value: unknown): string | undefined {
  return write(value, "", "");
}

function holdsText(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  return value instanceof JsonText || Object.values(value).some(holdsText);
}

function write(value: unknown, indent: string, margin: string): string | undefined {
  if (typeof value !== "object" || value === null || isRaw(value)) return JSON.stringify(value);
  if (value instanceof JsonText) return value.text;
  // A client may call a member toJSON; only a function is meant for JSON.stringify.
  if ("toJSON" in value && typeof value.toJSON === "function") {
    const plain = JSON.stringify(value) as string | undefined;
    return plain === undefined ? undefined : write(JSON.parse(plain), indent, margin);
  }
  const inner = margin + indent;
  if (Array.isArray(value)) {
    const items = value.map((item) => write(item, indent, inner) ?? "null");
    return enclosed("[", items, "]", indent, margin);
  }
  const colon = indent === "" ? ":" : ": ";
  const members = Object.entries(value).flatMap(([name, member]) => {
    const text = write(member, indent, inner);
    return text === undefined ? [] : [`${JSON.stringify(name)}${colon}${text}`];
  });
  return enclosed("{", members, "}", indent, margin);
}

function enclosed(
  open: string,
  parts: readonly string[],
  close: string,
  indent: string,
  margin: string,
): string {
  if (parts.length === 0) return open + close;
  if (indent === "") return `${open}${parts.join(",")}${close}`;
  const line = `\n${margin}${indent}`;
  return `${open}${line}${parts.join(`,${line}`)}\n${margin}${close}`;
}

/** Whether a value was made by JSON.rawJSON, which Node 20 and older browsers do not have. */
function isRaw(value: object): boolean {
  const { isRawJSON } = JSON as { isRawJSON?: (value: unknown) => boolean };
  return isRawJSON?.(value) === true;
}
