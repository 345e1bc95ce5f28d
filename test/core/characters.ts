import * as fc from "fast-check";

/**
 * character is one code point of Unicode, lone surrogates among them. `unit: "binary"` of fast-check
 * takes more than six seconds to be made, once in every file that uses it.
 */
export const character: fc.Arbitrary<string> = fc
  .oneof(
    fc.nat({ max: 0x7f }),
    fc.nat({ max: 0xffff }),
    fc.integer({ min: 0x1_0000, max: 0x10_ffff }),
  )
  .map(
    (code) => String.fromCodePoint(code),
    (text) => {
      const [first, ...rest] = [...(text as string)];
      if (first === undefined || rest.length > 0) throw new Error("want one code point");
      return first.codePointAt(0) ?? 0;
    },
  );
