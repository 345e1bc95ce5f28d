import type { TrendRange, Trends } from "../../src/core/statistics/trends.ts";
import { trendRanges } from "../../src/core/statistics/trends.ts";

/**
 * sampleTrends is what a busy quarter of an hour or day may look like, for pictures: to fill the
 * counters of a real service takes as long as what they show. It is the same each time.
 */
export function sampleTrends(range: TrendRange, at: number): Trends {
  const { step, steps } = trendRanges[range];
  const to = Math.ceil(at / step) * step;
  const random = randomOf(7);
  const column = (of: (index: number) => number) =>
    Array.from({ length: steps }, (_, index) => of(index));
  const wave = (index: number) => 1 + 0.6 * Math.sin(index / 9) + 0.35 * Math.sin(index / 3.3);
  const perStep = step / 1_000;
  const counts = (rate: number) =>
    column((index) => Math.round(rate * perStep * wave(index) * (0.8 + 0.4 * random())));
  const created = counts(6);
  const failed = column((index) =>
    index % 31 > 26 ? Math.round(9 * random() + 4) : Math.round(random()),
  );
  const times = (base: number) =>
    column((index) => Math.round(base * wave(index + 4) * (0.9 + 0.3 * random())));
  const kind = (base: number) => ({
    finished: created,
    p50: times(base),
    p95: times(base * 2.4),
    p99: times(base * 4.1),
  });
  return {
    range,
    from: new Date(to - step * steps).toISOString(),
    to: new Date(to).toISOString(),
    at: new Date(to).toISOString(),
    step,
    created,
    succeeded: created.map((count, index) =>
      Math.max(0, (created[index - 2] ?? count) - (failed[index] ?? 0)),
    ),
    failed,
    canceled: column(() => 0),
    running: column((index) => Math.round(18 * wave(index) + 4 * random())),
    waiting: column((index) => Math.round(Math.max(0, 9 * (wave(index) - 1.1)))),
    asking: column((index) => Math.round(2 * wave(index))),
    parked: column(() => 0),
    kinds: { http: kind(420), resize: kind(1_800), simulate: kind(3_100) },
    requests: {
      "/api/v1/operations": counts(7),
      "/api/v1/operations/{id}": counts(16),
      "/api/v1/operations/{id}/result": counts(4),
      "/api/v1/events": counts(0.4),
    },
  };
}

/** Numbers from 0 to 1, the same from the same seed: Park and Miller's generator. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}
