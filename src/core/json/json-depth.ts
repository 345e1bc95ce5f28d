const quotationMark = 0x22;
const backslash = 0x5c;

/**
 * depthOf returns how many levels of arrays and objects a JSON text nests: 0 for a scalar, 1 for `[]`. It only scans
 * the text, so no depth can overflow a stack.
 */
export function depthOf(json: string): number {
  return extentOf(json).depth;
}

/** extentOf returns the depth, and about how many values the text has, without creating them. */
export function extentOf(json: string): { readonly depth: number; readonly values: number } {
  let values = 1;
  let depth = 0;
  let deepest = 0;
  for (let at = 0; at < json.length; at++) {
    switch (json.charCodeAt(at)) {
      case quotationMark:
        at = endOfString(json, at);
        break;
      case 0x5b: // [
      case 0x7b: // {
        values += 1;
        depth += 1;
        deepest = Math.max(deepest, depth);
        break;
      case 0x2c: // ,
        values += 1;
        break;
      case 0x5d: // ]
      case 0x7d: // }
        depth -= 1;
    }
  }
  return { depth: deepest, values };
}

/** The position of the quotation mark that ends the string starting at `start`. */
function endOfString(json: string, start: number): number {
  let at = start + 1;
  while (at < json.length && json.charCodeAt(at) !== quotationMark) {
    at += json.charCodeAt(at) === backslash ? 2 : 1;
  }
  return at;
}
