import type { PerfSample } from "./perf.ts";

/** Work is what a thread of workerd does, as far as pauses go; `commit` is writing and syncing the log of SQLite. */
export type Work = "scavenge" | "mark-compact" | "commit" | "other";

/** Of a stack, the first that one of its functions names. Sweeping goes on beside requests after a mark-compact. */
const works: readonly (readonly [work: Work, names: RegExp])[] = [
  [
    "mark-compact",
    /Heap::MarkCompact\b|MarkCompactCollector|Sweep(?!er::Append)|ConcurrentMarking::|cppgc::internal::Mark|Evacuat(or|ionJob)|PointersUpdatingJob|ParallelClearingJob/,
  ],
  ["scavenge", /Scaveng|MinorGCJob|Heap::CollectGarbage/],
  [
    "commit",
    /f(data)?sync|unixSync|vdbeCommit|CommitPhase|walWrite|WalFrames|pagerWal|[Ww]al_?[Cc]heckpoint/,
  ],
];

/** workOf returns what a thread does, by its functions. */
export function workOf(stack: readonly string[]): Work {
  return works.find(([, names]) => stack.some((name) => names.test(name)))?.[0] ?? "other";
}

/** Collection is one of V8's collections of garbage, in which its thread does nothing else. */
export interface Collection {
  readonly kind: "scavenge" | "mark-compact";
  /** When it began and ended, in milliseconds, both by samples inside of it. */
  readonly began: number;
  readonly ended: number;
  readonly samples: number;
  /** How many of the samples are in workerd's own code: it frees the objects of C++ that belonged to garbage. */
  readonly freeing: number;
}

/** collecting is what the thread is in that stops for a collection; others help it. */
const collecting = /Heap::(CollectGarbage|PerformGarbageCollection|CallGC)|CollectGarbageAndRetry/;
const marking = /Heap::MarkCompact\b|FinishAtomicSweeping/;
const freeing = /Heap::CallGC(Prologue|Epilogue)Callbacks|FinishAtomicSweeping/;

/** cutShort is up to how many functions a stack is taken for one that perf could not follow: it says nothing. */
const cutShort = 2;

/** collectionsOf returns the collections that samples show: each is a row of samples of one thread, without another between. */
export function collectionsOf(samples: Iterable<PerfSample>): Collection[] {
  const found: Collection[] = [];
  const open = new Map<number, Collection>();
  const end = (thread: number) => {
    const collection = open.get(thread);
    if (collection) found.push(collection);
    open.delete(thread);
  };
  for (const { thread, at, stack } of samples) {
    if (stack.length <= cutShort) continue;
    const has = (names: RegExp) => stack.some((name) => names.test(name));
    if (!has(collecting)) {
      end(thread);
      continue;
    }
    const before = open.get(thread);
    open.set(thread, {
      kind: before?.kind === "mark-compact" || has(marking) ? "mark-compact" : "scavenge",
      began: before?.began ?? at,
      ended: at,
      samples: (before?.samples ?? 0) + 1,
      freeing: (before?.freeing ?? 0) + (has(freeing) ? 1 : 0),
    });
  }
  for (const thread of open.keys()) end(thread);
  return found.sort((a, b) => a.began - b.began);
}
