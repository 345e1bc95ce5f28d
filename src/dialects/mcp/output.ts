import type { Asked } from "../../edge/exchange.ts";
import type { OutputReader } from "../../map/output-reader.ts";

/** longest is how much of an output one notification carries, in characters. */
const longest = 4_096;

/** outputOf returns who reads the output of an operation, to its end; nobody where it cannot be read. */
export async function outputOf(
  { map }: Pick<Asked, "map">,
  id: string,
): Promise<OutputReader | undefined> {
  try {
    const opened = await map.output(id, { offset: 0 }, true);
    return opened.error ? undefined : opened.reader;
  } catch {
    // The object restarts: what is told of the operation does not depend on its output.
    return undefined;
  }
}

/** textOf yields an output as text, piece by piece; what another attempt writes anew comes again. */
export async function* textOf(reader: OutputReader): AsyncGenerator<string, void> {
  let decoder = new TextDecoder();
  try {
    for (let piece = await reader.next(); piece; piece = await reader.next()) {
      if (piece.type === "reset") {
        decoder = new TextDecoder();
        continue;
      }
      // A character that has come in part waits for its rest.
      const text = decoder.decode(piece.bytes, { stream: true });
      for (let at = 0; at < text.length; at += longest) yield text.slice(at, at + longest);
    }
  } catch {
    // The object restarts, or is not there.
  }
}
