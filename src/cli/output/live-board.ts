import { createLogUpdate } from "log-update";
import { isFinished, type Operation } from "../../client/index.ts";
import { kindColumn, progressLine } from "./progress-line.ts";
import type { Screen } from "./screen.ts";

/** tick is how long a board goes without being drawn again, in milliseconds: elapsed time moves on. */
const tick = 250;

/** pause is how long changes are gathered before they are drawn, in milliseconds. */
const pause = 40;

/** most is how many finished operations a board remembers. */
const most = 200;

/**
 * LiveBoard shows operations on a terminal, a line each, and keeps them up to date: the unfinished
 * first, in the order of their making, and as many of the finished, latest first, as there is room.
 */
export class LiveBoard {
  readonly #screen: Screen;
  readonly #operations = new Map<string, Operation>();
  readonly #log: ReturnType<typeof createLogUpdate>;
  readonly #timer: NodeJS.Timeout;
  #kindCells: number | undefined;
  #note = "";
  #isDrawn = true;

  constructor(screen: Screen) {
    this.#screen = screen;
    // A hidden cursor would stay hidden where the process is killed.
    this.#log = createLogUpdate(screen.stream, { showCursor: true });
    this.#timer = setInterval(() => this.#draw(), tick);
  }

  /** show takes an operation as it now is. */
  show(operation: Operation): void {
    const known = this.#operations.get(operation.id);
    if (known && known.version > operation.version) return;
    // What changed last comes last.
    this.#operations.delete(operation.id);
    this.#operations.set(operation.id, operation);
    this.#forget();
    this.#changed();
  }

  /** drop takes out an operation that is not there any more. */
  drop(id: string): void {
    if (this.#operations.delete(id)) this.#changed();
  }

  #changed(): void {
    // Many changes at once are one drawing.
    if (!this.#isDrawn) return;
    this.#isDrawn = false;
    setTimeout(() => {
      if (!this.#isDrawn) this.#draw();
    }, pause);
  }

  /** note is a last line, about the board itself. */
  note(text: string): void {
    this.#note = text;
    this.#draw();
  }

  /** clear takes the board away. */
  clear(): void {
    this.#stop();
    this.#log.clear();
    this.#log.done();
  }

  /** done leaves the board as it last was, and ends. */
  done(): void {
    this.#stop();
    this.#note = "";
    this.#draw();
    this.#log.done();
  }

  #stop(): void {
    clearInterval(this.#timer);
    this.#isDrawn = true;
  }

  #draw(): void {
    this.#isDrawn = true;
    const all = [...this.#operations.values()];
    const active = all.filter((one) => !isFinished(one)).sort((a, b) => (a.id < b.id ? -1 : 1));
    const finished = all.filter(isFinished).reverse();
    const room = Math.max(1, this.#screen.rows - 2 - (this.#note === "" ? 0 : 1));
    const shown = [...active, ...finished].slice(0, room);
    const now = Date.now();
    // As wide as the first drawing needs: what comes later is cut, and moves nothing.
    if (shown.length > 0) this.#kindCells ??= kindColumn(shown.map(({ kind }) => kind));
    const lines = shown.map((operation) =>
      progressLine(operation, this.#screen, now, this.#kindCells),
    );
    const more = all.length - shown.length;
    if (more > 0) lines.push(this.#screen.paint("dim", `… and ${more} more`));
    if (this.#note !== "") lines.push(this.#screen.paint("dim", this.#note));
    this.#log(lines.join("\n"));
  }

  #forget(): void {
    if (this.#operations.size <= most) return;
    const oldest = [...this.#operations.values()].find(isFinished);
    if (oldest) this.#operations.delete(oldest.id);
  }
}
