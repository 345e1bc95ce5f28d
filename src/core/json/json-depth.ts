const quotationMark = 0x22;
const backslash = 0x5c;

/**
 * depthOf returns how many levels of arrays and objects a JSON text nests: 0 for a scalar, 1 for
 * `[]`. It reads the text alone, so no depth can overflow a stack.
 */
export function depthOf(json: string): number {
  let depth = 0;
  let deepest = 0;
  for (let at = 0; at < json.length; at++) {
    switch (json.charCodeAt(at)) {
      case quotationMark:
        at = endOfString(json, at);
        break;
      case 0x5b: // [
      case 0x7b: // {
        depth += 1;
        deepest = Math.max(deepest, depth);
        break;
      case 0x5d: // ]
      case 0x7d: // }
        depth -= 1;
    }
  }
  return deepest;
}

/** The place of the quotation mark that ends the string which begins at `start`. */
function endOfString(json: string, start: number): number {
  let at = start + 1;
  while (at < json.length && json.charCodeAt(at) !== quotationMark) {
    at += json.charCodeAt(at) === backslash ? 2 : 1;
  }
  return at;
}
