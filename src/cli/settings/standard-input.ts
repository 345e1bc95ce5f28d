import { text } from "node:stream/consumers";
import { usage } from "../exit-status.ts";

/** StandardInput is read once, by the first argument that asks for it. */
export class StandardInput {
  readonly stream: NodeJS.ReadStream;
  #reader: string | undefined;

  constructor(stream: NodeJS.ReadStream) {
    this.stream = stream;
  }

  /** isTerminal returns whether there is somebody to ask. */
  get isTerminal(): boolean {
    return this.stream.isTTY === true;
  }

  /**
   * text reads all of it.
   *
   * @param reader what reads it, for the message if two arguments want to
   * @throws CommandFailure if it was read before
   */
  text(reader: string): Promise<string> {
    if (this.#reader !== undefined) {
      throw usage(`Cannot read standard input for both ${this.#reader} and ${reader}`);
    }
    this.#reader = reader;
    return text(this.stream);
  }
}
