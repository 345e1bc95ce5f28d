/**
 * Histogram counts whole milliseconds in buckets, four for each doubling, each a fifth wider than the previous one: the
 * count by bucket number, without empty buckets. Histograms add up exactly, and a quantile is at most a fifth above the
 * true one.
 */
export type Histogram = Readonly<Record<string, number>>;

/** How many buckets there are for each doubling. */
const perOctave = 4;

/** histogramOf returns the histogram of one duration; a negative one counts as 0. */
export function histogramOf(milliseconds: number): Histogram {
  return { [bucketOf(milliseconds)]: 1 };
}

/** joined returns the sum of two histograms. */
export function joined(a: Histogram, b: Histogram): Histogram {
  const sum: Record<string, number> = { ...a };
  for (const [bucket, number] of Object.entries(b)) sum[bucket] = (sum[bucket] ?? 0) + number;
  return sum;
}

/** sizeOf returns how many durations a histogram contains. */
export function sizeOf(histogram: Histogram): number {
  return Object.values(histogram).reduce((sum, number) => sum + number, 0);
}

/**
 * quantiles returns for each share from 0 to 1 the milliseconds that at least this share of the durations did not
 * exceed: the last whole number of its bucket. For an empty histogram each is null.
 */
export function quantiles(histogram: Histogram, shares: readonly number[]): (number | null)[] {
  const size = sizeOf(histogram);
  return shares.map((share) => {
    let seen = 0;
    // Integer keys are always in ascending order.
    for (const [bucket, number] of Object.entries(histogram)) {
      seen += number;
      if (seen >= share * size) return lastOf(Number(bucket));
    }
    return null;
  });
}

/**
 * bucketOf returns the bucket of a duration. Bucket 0 is for 0 ms; a higher bucket n is for at least 2^((n - 1) / 4)
 * ms, and less than 2^(n / 4).
 */
export function bucketOf(milliseconds: number): number {
  return milliseconds < 1 ? 0 : Math.floor(perOctave * Math.log2(milliseconds)) + 1;
}

function lastOf(bucket: number): number {
  return Math.ceil(2 ** (bucket / perOctave)) - 1;
}
