import type { Asked } from "../../edge/exchange.ts";
import type { OutputReader } from "../../map/output-reader.ts";

/** longest is how much of an output one chunk carries, in characters. */
const longest = 65_536;

/** OutputChunk is some of what work writes. */
export interface OutputChunk {
  readonly text: string;
  /** Whether it goes behind what came before; if not, it replaces all of that. */
  readonly append: boolean;
}

/** OutputChunks are those of one operation, from the beginning to its end. */
export interface OutputChunks {
  readonly chunks: AsyncGenerator<OutputChunk, void>;
  close(): void;
}

/**
 * outputChunks reads what the work of an operation writes, as it does. Where another attempt writes
 * anew, what was told is replaced.
 */
export function outputChunks({ map }: Pick<Asked, "map">, id: string): OutputChunks {
  let reader: OutputReader | undefined;
  let isClosed = false;
  const open = async () => {
    const opened = await map.output(id, { offset: 0 }, true);
    reader = opened.error ? undefined : opened.reader;
    if (isClosed) reader?.close();
  };
  const chunks = async function* (): AsyncGenerator<OutputChunk, void> {
    try {
      await open();
      let decoder = new TextDecoder();
      let append = false;
      for (let piece = await reader?.next(); piece; piece = await reader?.next()) {
        if (piece.type === "reset") {
          reader?.close();
          decoder = new TextDecoder();
          yield { text: "", append: false };
          append = true;
          await open();
          continue;
        }
        // A character that has come in part waits for its rest.
        const text = decoder.decode(piece.bytes, { stream: true });
        for (let at = 0; at < text.length; at += longest) {
          yield { text: text.slice(at, at + longest), append };
          append = true;
        }
      }
    } catch {
      // The object restarts: what is told of the task does not depend on its output.
    } finally {
      reader?.close();
    }
  };
  return {
    chunks: chunks(),
    close: () => {
      isClosed = true;
      reader?.close();
    },
  };
}
