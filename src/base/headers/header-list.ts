/**
 * headerList returns the elements of a list header, trimmed and without empty ones. A comma inside a quoted string is
 * text: `foo="a, wait=3"` is one element. Source: RFC 9110, 5.6.1 and 5.6.4. An unclosed quotation mark is text too.
 * Anybody may send such a header, so this takes time in proportion to its length.
 */
export function headerList(header: string | null): string[] {
  return split(header ?? "", ",");
}

/** headerParts returns an element and its parameters, separated by semicolons (RFC 9110, 5.6.6). */
export function headerParts(element: string): string[] {
  return split(element, ";");
}

function split(text: string, separator: "," | ";"): string[] {
  const parts: string[] = [];
  let start = 0;
  // If one string is not closed, no later one is.
  let isQuoting = true;
  for (let at = 0; at < text.length; at++) {
    if (text[at] === separator) {
      parts.push(text.slice(start, at));
      start = at + 1;
    } else if (text[at] === '"' && isQuoting) {
      const end = closing(text, at);
      isQuoting = end !== undefined;
      at = end ?? at;
    }
  }
  parts.push(text.slice(start));
  return parts.map((part) => part.trim()).filter((part) => part !== "");
}

/** The closing quotation mark of a string; a backslash escapes the next character. */
function closing(text: string, mark: number): number | undefined {
  for (let at = mark + 1; at < text.length; at++) {
    if (text[at] === '"') return at;
    if (text[at] === "\\") at++;
  }
  return undefined;
}
