/**
 * Histogram counts whole milliseconds, of any size, in buckets that grow by a fifth, four for each
 * doubling: the number of a bucket to how many are in it, without those that are empty. Histograms
 * add up exactly, and a quantile is at most a fifth above the true one.
 */
export type Histogram = Readonly<Record<string, number>>;

/** How many buckets there are from a millisecond count to its double. */
const perOctave = 4;

/** histogramOf returns the histogram of one duration; a negative one counts as 0. */
export function histogramOf(milliseconds: number): Histogram {
  return { [bucketOf(milliseconds)]: 1 };
}

/** joined returns the sum of two. */
export function joined(a: Histogram, b: Histogram): Histogram {
  const sum: Record<string, number> = { ...a };
  for (const [bucket, number] of Object.entries(b)) sum[bucket] = (sum[bucket] ?? 0) + number;
  return sum;
}

/** sizeOf returns how many durations a histogram has counted. */
export function sizeOf(histogram: Histogram): number {
  return Object.values(histogram).reduce((sum, number) => sum + number, 0);
}

/**
 * quantiles returns, for each share from 0 to 1, the milliseconds that at least so many of the
 * durations did not exceed: the last whole one of its bucket. Of an empty histogram each is null.
 */
export function quantiles(histogram: Histogram, shares: readonly number[]): (number | null)[] {
  const size = sizeOf(histogram);
  return shares.map((share) => {
    let seen = 0;
    // Members called by whole numbers come in their order, whatever the order they were set in.
    for (const [bucket, number] of Object.entries(histogram)) {
      seen += number;
      if (seen >= share * size) return lastOf(Number(bucket));
    }
    return null;
  });
}

/**
 * bucketOf returns the bucket of a duration. Bucket 0 is of 0 ms; bucket n above it of 2^((n - 1) / 4) ms and
 * more, but less than 2^(n / 4).
 */
export function bucketOf(milliseconds: number): number {
  return milliseconds < 1 ? 0 : Math.floor(perOctave * Math.log2(milliseconds)) + 1;
}

function lastOf(bucket: number): number {
  return Math.ceil(2 ** (bucket / perOctave)) - 1;
}
