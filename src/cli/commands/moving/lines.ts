import { createHash } from "node:crypto";

/** ExportLine is what is read here of a line of an export. */
export interface ExportLine {
  readonly type?: unknown;
  readonly cursor?: unknown;
  readonly operations?: unknown;
  readonly lines?: unknown;
  readonly sha256?: unknown;
}

/** lineOf reads a line; one that is no JSON has no type. */
export function lineOf(text: string): ExportLine {
  try {
    return JSON.parse(text) as ExportLine;
  } catch {
    return {};
  }
}

/** ExportSum counts the lines of an export as its writer does, and says at the end whether it is whole. */
export class ExportSum {
  #sha256 = "";
  #lines = 0;
  #operations = 0;
  #isWhole = false;

  /** add takes in the next line, without its end. */
  add(text: string, line: ExportLine): void {
    this.#isWhole = false;
    if (line.type === "cursor") return;
    if (line.type === "end") {
      const isSame = line.lines === this.#lines && line.sha256 === this.#sha256;
      this.#isWhole = isSame && line.operations === this.#operations;
      return;
    }
    this.#lines += 1;
    if (line.type === "operation") this.#operations += 1;
    this.#sha256 = createHash("sha256").update(`${this.#sha256}${text}\n`).digest("hex");
  }

  /** isWhole says whether the last line was the end of what came before. */
  get isWhole(): boolean {
    return this.#isWhole;
  }

  get operations(): number {
    return this.#operations;
  }
}

/** linesIn returns the lines of some bytes as they come, the last also where it has no end. */
export async function* linesIn(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<string, void> {
  const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  let parts: string[] = [];
  for await (const piece of bytes) {
    const [first = "", ...more] = utf8.decode(piece, { stream: true }).split("\n");
    parts.push(first);
    for (const next of more) {
      yield parts.join("");
      parts = [next];
    }
  }
  const rest = parts.join("") + utf8.decode();
  if (rest !== "") yield rest;
}
