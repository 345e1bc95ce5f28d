import type { Due } from "./event-queue.ts";
import type { World } from "./world.ts";

/** retries is how often an alarm comes again whose handler has thrown; then never again. */
const retries = 6;

/** Run is one coming of an alarm. */
export interface Run {
  /** begin says, once the object has started, whether the handler is to be run. */
  begin(): boolean;
  ended(isGood: boolean): void;
}

/**
 * Alarm is the one alarm of an object. Its row stays until its handler has ended well, though
 * `getAlarm` says null meanwhile; so one whose object died in it comes again.
 */
export class Alarm {
  /** As the object reads and sets it. */
  at: number | null = null;
  /** Lost, or late by an unknown time: nobody may count on it until it is set again. */
  isLost = false;
  /** How much later, in milliseconds, the next one comes. */
  late = 0;
  isDoubled = false;
  #onDisk: number | null = null;
  #isRunning = false;
  #failures = 0;
  #due: Due | undefined;
  readonly #world: World;
  readonly #fire: (run: Run) => void;

  /** @param fire runs the handler, and tells how it ended unless its object died in it */
  constructor(world: World, fire: (run: Run) => void) {
    this.#world = world;
    this.#fire = fire;
    world.onClock(() => this.#plan());
  }

  get onDisk(): number | null {
    return this.#onDisk;
  }

  committed(): void {
    // What runs is deleted only when it has ended.
    if (this.at === null && this.#isRunning) return;
    if (this.at === this.#onDisk) return;
    this.isLost = false;
    this.#onDisk = this.at;
    this.#plan();
  }

  /** died takes back what a life has not committed. */
  died(): void {
    this.at = this.#onDisk;
    this.#isRunning = false;
    this.#plan();
  }

  lose(): void {
    if (this.#isRunning || this.#onDisk === null) return;
    this.#world.note("the alarm is lost");
    this.isLost = true;
    this.#onDisk = null;
    // A life goes on to believe in it; getAlarm of the next does not.
    this.at = null;
    this.#due?.cancel();
  }

  /** early lets it come now. */
  early(): void {
    if (this.#onDisk !== null && !this.#isRunning) this.#run();
  }

  #plan(delay = 0): void {
    this.#due?.cancel();
    if (this.#onDisk === null || this.#isRunning) return;
    const left = Math.max(delay, this.#onDisk - this.#world.wall);
    this.#due = this.#world.queue.after(left + this.#world.latency(), () => this.#come());
  }

  #come(): void {
    if (this.late === 0) {
      this.#run();
      return;
    }
    this.#world.note(`the alarm is ${this.late} ms late`);
    this.#due = this.#world.queue.after(this.late, () => this.#run());
    this.late = 0;
  }

  #run(): void {
    this.#due?.cancel();
    this.#isRunning = true;
    const time = this.#onDisk;
    this.#fire({
      begin: () => {
        // The start of the object may have set another; then that one counts.
        if (this.at !== time) return false;
        this.at = null;
        return true;
      },
      ended: (isGood) => this.#ended(isGood),
    });
  }

  #ended(isGood: boolean): void {
    this.#isRunning = false;
    if (!isGood && this.#failures < retries) {
      this.#failures += 1;
      this.at ??= this.#onDisk;
      this.#plan(2_000 * 2 ** this.#failures);
      return;
    }
    this.#failures = 0;
    this.#onDisk = this.at;
    if (this.isDoubled) {
      this.isDoubled = false;
      this.#world.note("the alarm comes twice");
      this.#world.hop(() => this.#fire({ begin: () => true, ended: () => {} }));
    }
    this.#plan();
  }
}
