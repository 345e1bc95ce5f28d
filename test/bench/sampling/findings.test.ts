import { describe, expect, it } from "vitest";
import { findingsOf } from "./findings.ts";
import type { PerfSample } from "./perf.ts";

const outside = ["workerd::IoContext::runImpl", "kj::_::waitImpl", "workerd_server::entry::serve"];
const scavenge = ["v8::internal::Heap::Scavenge", "v8::internal::Heap::CollectGarbage", ...outside];
const destroy = ["v8::internal::Heap::CallGCEpilogueCallbacks", ...scavenge.slice(1)];

/** One request after another, of a millisecond each, and one of them that a scavenge holds up. */
const requests = Array.from({ length: 1_000 }, (_, n) => n)
  .filter((n) => n < 500 || n >= 540)
  .map((n) => ({ began: n, ended: n === 499 ? 540 : n + 1 }));
const samples: PerfSample[] = Array.from({ length: 1_100 }, (_, at) => ({
  thread: 1,
  at,
  stack: at < 500 || at >= 540 ? outside : at < 510 ? scavenge : destroy,
}));

describe("findingsOf", () => {
  const found = findingsOf(requests, samples, 10);

  it("has the rate and latencies of the requests", () => {
    expect(found).toMatchObject({ rate: 960, p50: 1, p99: 1, p999: 41 });
  });

  it("has the collections, and what share of them is freeing", () => {
    expect(found.scavenges).toEqual({ perSecond: 1, requestsEach: 960, mean: 39, longest: 39 });
    expect(found.markCompacts.perSecond).toBe(0);
    expect(found.collecting).toBeCloseTo(0.039);
    expect(found.freeing).toBe(0.75);
  });

  it("says how many requests a collection held up, and what it is of the time of the slowest", () => {
    expect(found.held).toBe(1 / 960);
    expect(findingsOf(requests, samples, 50).held).toBe(0);
    const slow = requests.map((request, n) =>
      n % 90 === 0 ? { ...request, ended: request.ended + 8 } : request,
    );
    expect(findingsOf(slow, samples, 10).slowest).toBe(39 / (11 * 9 + 41));
  });

  it("has the pauses, and what was sampled in them", () => {
    expect(found.pauses).toEqual({
      perSecond: 1,
      mean: 41,
      time: 0.041,
      requests: 1 / 960,
      works: { scavenge: 1, "mark-compact": 0, commit: 0, other: 0 },
    });
  });

  it("looks at no sample from before the first request or after the last answer", () => {
    const late = samples.map((sample) => ({ ...sample, at: sample.at + 2_000 }));
    expect(findingsOf(requests, late, 10).scavenges.perSecond).toBe(0);
  });
});
