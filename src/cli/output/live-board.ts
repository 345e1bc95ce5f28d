import { createLogUpdate } from "log-update";
import { isFinished, type Operation } from "../../client/index.ts";
import { kindColumn, progressLine } from "./progress-line.ts";
import type { Screen } from "./screen.ts";

/** tick is after how many milliseconds a board is redrawn at the latest, since elapsed times change. */
const tick = 250;

/** pause is for how many milliseconds changes are gathered before they are drawn. */
const pause = 40;

/** most is how many finished operations a board keeps. */
const most = 200;

/**
 * LiveBoard shows operations on a terminal, one line each, and keeps them up to date: the unfinished ones first, in the
 * order of creation, and then as many finished ones, latest first, as there is room for.
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
    // If the process is killed, a hidden cursor would stay hidden.
    this.#log = createLogUpdate(screen.stream, { showCursor: true });
    this.#timer = setInterval(() => this.#draw(), tick);
  }

  /** show adds or updates an operation. */
  show(operation: Operation): void {
    const known = this.#operations.get(operation.id);
    if (known && known.version > operation.version) return;
    // What changed last comes last.
    this.#operations.delete(operation.id);
    this.#operations.set(operation.id, operation);
    this.#forget();
    this.#changed();
  }

  /** drop removes an operation that no longer exists. */
  drop(id: string): void {
    if (this.#operations.delete(id)) this.#changed();
  }

  #changed(): void {
    // Many changes at once are drawn once.
    if (!this.#isDrawn) return;
    this.#isDrawn = false;
    setTimeout(() => {
      if (!this.#isDrawn) this.#draw();
    }, pause);
  }

  /** note sets the last line, which is about the board itself. */
  note(text: string): void {
    this.#note = text;
    this.#draw();
  }

  /** clear removes the board from the screen. */
  clear(): void {
    this.#stop();
    this.#log.clear();
    this.#log.done();
  }

  /** done leaves the board as it was last drawn, and ends. */
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
    // Column widths are those of the first drawing: later text is cut, and moves nothing.
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
