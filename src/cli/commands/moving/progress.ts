import type { Screen } from "../../output/screen.ts";

/** often is the minimum time between two updates, in milliseconds. */
const often = 200;

/** Progress is one line on a terminal that says how far something has come; without a terminal it writes nothing. */
export class Progress {
  readonly #screen: Screen;
  #toldAt = 0;
  #isOpen = false;

  constructor(screen: Screen) {
    this.#screen = screen;
  }

  tell(text: string): void {
    if (!this.#screen.isTerminal || Date.now() - this.#toldAt < often) return;
    this.#toldAt = Date.now();
    this.#isOpen = true;
    this.#screen.stream.write(`\r\u001b[K${text}`);
  }

  /** end removes the line. */
  end(): void {
    if (this.#isOpen) this.#screen.stream.write("\r\u001b[K");
    this.#isOpen = false;
  }
}
