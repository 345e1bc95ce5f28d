/** KindLevel is the current state of a kind in some objects of a tenant. */
export interface KindLevel {
  /** Whether none of its operations are started or handed out. */
  readonly paused: boolean;
  /** How many operations are running, including those that wait for an answer. */
  readonly running: number;
  /** How many are ready to start, but wait for the end of the pause, a free slot or a worker. */
  readonly waiting: number;
  /** How many of the running operations wait for an answer. Older code does not report this or the following member. */
  readonly asking?: number;
  /** How many have no attempt while they sleep or wait for an answer; no other count includes them. */
  readonly parked?: number;
}

/** KindLevels are the levels of all kinds that an object knows, by name. */
export type KindLevels = Readonly<Record<string, KindLevel>>;

/** levelOf returns the level of a kind across several objects: it is paused if it is paused in any. */
export function levelOf(kind: string, all: readonly KindLevels[]): KindLevel {
  const sum = { paused: false, running: 0, waiting: 0, asking: 0, parked: 0 };
  for (const levels of all) {
    const level = Object.hasOwn(levels, kind) ? levels[kind] : undefined;
    if (!level) continue;
    sum.paused ||= level.paused;
    sum.running += level.running;
    sum.waiting += level.waiting;
    sum.asking += level.asking ?? 0;
    sum.parked += level.parked ?? 0;
  }
  return sum;
}
