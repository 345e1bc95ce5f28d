import { defaultPriority } from "../../core/limits.ts";
import { OrderedIds } from "./ordered-ids.ts";

/** Ready is the first of some operations that could start, and its priority. */
export interface Ready {
  readonly id: string;
  readonly priority: number;
}

/** ReadyIds contains the IDs of operations that could start: by priority, then in the order of creation. */
export class ReadyIds {
  readonly #usual = new OrderedIds();
  /** IDs with a priority other than the default, by priority; usually there are none. */
  readonly #others = new Map<number, OrderedIds>();

  get size(): number {
    let { size } = this.#usual;
    for (const ids of this.#others.values()) size += ids.size;
    return size;
  }

  /** first is the one that comes first. */
  get first(): Ready | undefined {
    let first = readyOf(this.#usual, defaultPriority);
    for (const [priority, ids] of this.#others) {
      if (priority < (first?.priority ?? Infinity)) first = readyOf(ids, priority) ?? first;
    }
    return first;
  }

  add(id: string, priority = defaultPriority): void {
    const isUsual = priority === defaultPriority;
    const ids = isUsual ? this.#usual : (this.#others.get(priority) ?? new OrderedIds());
    if (!isUsual) this.#others.set(priority, ids);
    ids.add(id);
  }

  delete(id: string): void {
    this.#usual.delete(id);
    for (const [priority, ids] of this.#others) {
      ids.delete(id);
      if (ids.size === 0) this.#others.delete(priority);
    }
  }
}

function readyOf({ first: id }: OrderedIds, priority: number): Ready | undefined {
  return id === undefined ? undefined : { id, priority };
}
