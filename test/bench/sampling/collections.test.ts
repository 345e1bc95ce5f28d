import { describe, expect, it } from "vitest";
import { collectionsOf, workOf } from "./collections.ts";
import type { PerfSample } from "./perf.ts";

// Stacks as perf writes them, the innermost function first.
const outside = ["workerd::IoContext::runImpl", "kj::_::waitImpl", "workerd_server::entry::serve"];
const collect = [
  "v8::internal::Heap::PerformGarbageCollection",
  "v8::internal::Heap::CollectGarbage(v8::internal::AllocationSpace)::PerformIneffectiveMarkCompactCheckTag",
  "v8::internal::Heap::CollectGarbage",
  ...outside,
];
const scavenge = ["v8::internal::ScavengerCollector::CollectGarbage", ...collect];
const mark = ["v8::internal::Heap::MarkCompact", ...collect];
const destroy = [
  "workerd::api::Response::~Response",
  "v8::internal::Heap::CallGCEpilogueCallbacks",
  "v8::internal::Heap::CollectGarbage",
  ...outside,
];
const help = [
  "v8::internal::Scavenger::Process",
  "v8::internal::ScavengerJobTask::Run",
  "v8::base::ThreadEntry",
];

describe("workOf", () => {
  it.each([
    ["scavenge", scavenge],
    ["scavenge", destroy],
    ["scavenge", help],
    ["mark-compact", mark],
    ["mark-compact", ["cppgc::internal::Sweeper::SweeperImpl::Finish", ...collect]],
    ["mark-compact", ["v8::internal::ConcurrentMarking::RunMajor", "v8::base::ThreadEntry"]],
    ["commit", ["ext4_sync_file", "__x64_sys_fdatasync", "unixSync", "sqlite3VdbeHalt"]],
    ["commit", ["memcpy", "sqlite3WalFrames", "workerd::ActorSqlite::commitImpl"]],
    ["other", outside],
    ["other", ["v8::internal::MicrotaskQueue::PerformCheckpointInternal", ...outside]],
    ["commit", ["sqlite3WalCheckpoint", "sqlite3_wal_checkpoint_v2", ...outside]],
    ["other", ["v8::internal::Heap::NotifyObjectLayoutChangeDone", ...outside]],
    ["other", []],
  ])("is %s for %j", (work, stack) => {
    expect(workOf(stack)).toBe(work);
  });
});

describe("collectionsOf", () => {
  const row = (stacks: readonly (readonly string[])[], thread = 1): PerfSample[] =>
    stacks.map((stack, n) => ({ thread, at: n, stack }));

  it("is each row of samples of one thread that collects", () => {
    const samples = row([outside, scavenge, destroy, outside, mark, destroy, destroy, outside]);
    expect(collectionsOf(samples)).toEqual([
      { kind: "scavenge", began: 1, ended: 2, samples: 2, freeing: 1 },
      { kind: "mark-compact", began: 4, ended: 6, samples: 3, freeing: 2 },
    ]);
  });

  it("goes on over what other threads do, over waits, and over stacks that were cut short", () => {
    const samples = [...row([scavenge, ["__mpn_lshift"], scavenge]), ...row([help, outside], 2)];
    samples.push({ thread: 1, at: 9, stack: destroy });
    samples.sort((a, b) => a.at - b.at);
    expect(collectionsOf(samples)).toEqual([
      { kind: "scavenge", began: 0, ended: 9, samples: 3, freeing: 1 },
    ]);
  });

  it("is of each thread by itself, in the order of their beginnings", () => {
    const samples = [...row([scavenge, scavenge, outside], 1), ...row([outside, mark, mark], 2)];
    samples.sort((a, b) => a.at - b.at);
    expect(collectionsOf(samples).map(({ kind, began }) => [kind, began])).toEqual([
      ["scavenge", 0],
      ["mark-compact", 1],
    ]);
  });

  it("is none where only helpers are seen", () => {
    expect(collectionsOf(row([help, outside]))).toEqual([]);
    expect(collectionsOf([])).toEqual([]);
  });
});
