/** What stands between separators: quoted strings, whose text separates nothing, and everything else. */
const elements = {
  ",": /(?:"(?:[^"\\]|\\.)*"|[^,"]|")+/gs,
  ";": /(?:"(?:[^"\\]|\\.)*"|[^;"]|")+/gs,
};

/**
 * headerList returns the elements of a header that is a list, trimmed and without empty ones. A
 * comma inside a quoted string is text: `foo="a, wait=3"` is one element. Source: RFC 9110, 5.6.1
 * and 5.6.4. A quotation mark that nothing closes is text too.
 */
export function headerList(header: string | null): string[] {
  return split(header ?? "", ",");
}

/** headerParts returns an element and its parameters, which semicolons separate (RFC 9110, 5.6.6). */
export function headerParts(element: string): string[] {
  return split(element, ";");
}

function split(text: string, separator: keyof typeof elements): string[] {
  const found = text.match(elements[separator]) ?? [];
  return found.map((part) => part.trim()).filter((part) => part !== "");
}
