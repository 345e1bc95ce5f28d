/** Due is something that will happen, unless it is canceled before. */
export interface Due {
  cancel(): void;
}

interface Entry extends Due {
  readonly at: number;
  /** Orders what happens at one moment. */
  readonly tie: number;
  run: (() => void) | undefined;
}

/**
 * EventQueue is time: what will happen and when, in milliseconds with fractions since the beginning.
 * What happens at one moment happens in an order that the seed decides.
 */
export class EventQueue {
  readonly #heap: Entry[] = [];
  readonly #tie: () => number;
  #now = 0;

  constructor(tie: () => number) {
    this.#tie = tie;
  }

  get now(): number {
    return this.#now;
  }

  after(milliseconds: number, run: () => void): Due {
    const at = this.#now + Math.max(0, milliseconds);
    const entry: Entry = {
      at,
      tie: this.#tie(),
      run,
      cancel: () => {
        entry.run = undefined;
      },
    };
    this.#push(entry);
    return entry;
  }

  /** next takes out what happens next, up to and at `end`, and sets the time to it. */
  next(end: number): (() => void) | undefined {
    for (let first = this.#heap[0]; first; first = this.#heap[0]) {
      if (first.run && first.at > end) break;
      this.#pop();
      if (!first.run) continue;
      this.#now = first.at;
      return first.run;
    }
    this.#now = Math.max(this.#now, end);
    return undefined;
  }

  #push(entry: Entry): void {
    const heap = this.#heap;
    let place = heap.push(entry) - 1;
    while (place > 0) {
      const above = (place - 1) >> 1;
      if (!isBefore(entry, heap[above] as Entry)) break;
      heap[place] = heap[above] as Entry;
      place = above;
    }
    heap[place] = entry;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (!last || heap.length === 0) return;
    let place = 0;
    for (;;) {
      let below = 2 * place + 1;
      if (below >= heap.length) break;
      const right = heap[below + 1];
      if (right && isBefore(right, heap[below] as Entry)) below += 1;
      if (!isBefore(heap[below] as Entry, last)) break;
      heap[place] = heap[below] as Entry;
      place = below;
    }
    heap[place] = last;
  }
}

function isBefore(a: Entry, b: Entry): boolean {
  return a.at < b.at || (a.at === b.at && a.tie < b.tie);
}
