/** KindLevel is how a kind stands in some objects of a tenant. */
export interface KindLevel {
  /** Whether nothing of it is started or handed out. */
  readonly paused: boolean;
  /** How many operations are under way, those that wait for an answer among them. */
  readonly running: number;
  /** How many could start now, but for the pause, a place or a worker. */
  readonly waiting: number;
  /** How many of those under way wait for an answer. Older code tells neither this nor what follows. */
  readonly asking?: number;
  /** How many have no attempt while they sleep or wait for an answer; they are in no other of these numbers. */
  readonly parked?: number;
}

/** KindLevels are those of all kinds that an object knows of, by name. */
export type KindLevels = Readonly<Record<string, KindLevel>>;

/** levelOf returns how a kind stands in all of some objects: paused if it is in any. */
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
