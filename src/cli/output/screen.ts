import { styleText } from "node:util";

/** Colour is a style for text on a screen. */
export type Colour = "green" | "red" | "yellow" | "cyan" | "dim" | "bold";

/** Screen is one output of the process: standard output or standard error. */
export class Screen {
  readonly stream: NodeJS.WriteStream;
  readonly #hasColour: boolean;

  /**
   * @param env `NO_COLOR` (https://no-color.org: any text but an empty one) and `TERM=dumb` switch colour off; without
   * a terminal there is none
   */
  constructor(stream: NodeJS.WriteStream, env: NodeJS.ProcessEnv) {
    this.stream = stream;
    const isUnwanted = (env.NO_COLOR ?? "") !== "" || env.TERM === "dumb";
    this.#hasColour = this.isTerminal && !isUnwanted;
  }

  get isTerminal(): boolean {
    return this.stream.isTTY === true;
  }

  /** columns is the width of a terminal, and Infinity for anything else. */
  get columns(): number {
    return this.isTerminal ? this.stream.columns || 80 : Number.POSITIVE_INFINITY;
  }

  /** rows is the height of a terminal. */
  get rows(): number {
    return this.stream.rows || 24;
  }

  /** paint returns text in a colour, if colours are on. */
  paint(colour: Colour, text: string): string {
    // This has checked for a terminal and NO_COLOR already; styleText's own check differs between versions.
    return this.#hasColour ? styleText(colour, text, { validateStream: false }) : text;
  }

  /** write resolves when the text, or the bytes, have been written. */
  write(text: string | Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      this.stream.write(text, (error) => (error ? reject(error) : resolve()));
    });
  }

  line(text: string): Promise<void> {
    return this.write(`${text}\n`);
  }
}
