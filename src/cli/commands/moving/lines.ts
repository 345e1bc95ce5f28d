import { createHash } from "node:crypto";
import { utf8Decoder } from "../../../base/utf8.ts";

/** ExportLine is what is read here of a line of an export. */
export interface ExportLine {
  readonly type?: unknown;
  readonly id?: unknown;
  readonly operation?: { readonly webhook?: { readonly sealed?: unknown } } | null;
  readonly cursor?: unknown;
  readonly operations?: unknown;
  readonly lines?: unknown;
  readonly sha256?: unknown;
}

/** named is how many missing operations are listed by their IDs. */
const named = 20;

/** lineOf parses a line; one that is not a JSON object has no type. */
export function lineOf(text: string): ExportLine {
  try {
    const value = JSON.parse(text) as ExportLine | null;
    return typeof value === "object" && value !== null ? value : {};
  } catch {
    return {};
  }
}

/** ExportSum counts the lines of an export as its writer does, and finally says whether it is complete. */
export class ExportSum {
  #sha256 = "";
  #lines = 0;
  #operations = 0;
  #unsealed = 0;
  #skipped = 0;
  readonly #skippedIds: string[] = [];
  #isWhole = false;

  /** add adds the next line, without its line break. */
  add(text: string, line: ExportLine): void {
    this.#isWhole = false;
    if (line.type === "cursor") return;
    if (line.type === "end") {
      const isSame = line.lines === this.#lines && line.sha256 === this.#sha256;
      this.#isWhole = isSame && line.operations === this.#operations;
      return;
    }
    this.#lines += 1;
    if (line.type === "operation") {
      this.#operations += 1;
      const { webhook } = line.operation ?? {};
      if (webhook && webhook.sealed === undefined) this.#unsealed += 1;
    }
    if (line.type === "skipped") {
      this.#skipped += 1;
      if (this.#skippedIds.length < named) this.#skippedIds.push(String(line.id));
    }
    this.#sha256 = createHash("sha256").update(`${this.#sha256}${text}\n`).digest("hex");
  }

  /** isWhole returns whether the last line matches everything before it. */
  get isWhole(): boolean {
    return this.#isWhole;
  }

  get operations(): number {
    return this.#operations;
  }

  /** unsealed is how many operations have a webhook whose URL is not in the file. */
  get unsealed(): number {
    return this.#unsealed;
  }

  /** skipped says which operations could not be read by the export, if any. */
  get skipped(): string | undefined {
    if (this.#skipped === 0) return undefined;
    const more = this.#skipped > named ? ", …" : "";
    return `${this.#skipped} (${this.#skippedIds.join(", ")}${more})`;
  }
}

/** linesIn returns the lines of some bytes as they arrive; the last may have no line break. */
export async function* linesIn(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<string, void> {
  const utf8 = utf8Decoder();
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
