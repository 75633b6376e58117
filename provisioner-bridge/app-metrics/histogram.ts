/** Times in buckets that grow by a fifth: enough for percentiles within 10 %, in a few hundred bytes. */
const FIRST_MS = 0.5;
const GROWTH = 1.2;
/** The last one holds everything above, from about 11 minutes on. */
const BUCKETS = 78;

export type Histogram = Uint32Array;

export const createHistogram = (): Histogram => new Uint32Array(BUCKETS);

export function addTime(histogram: Histogram, ms: number): void {
  const bucket = ms <= FIRST_MS ? 0 : Math.min(BUCKETS - 1, Math.ceil(Math.log(ms / FIRST_MS) / Math.log(GROWTH)));
  histogram[bucket] = (histogram[bucket] ?? 0) + 1;
}

/** The middle of the bucket that holds the value which `share` of all do not exceed; null without any. @param share above 0, to 1 */
export function percentileOf(histogram: Histogram, share: number): number | null {
  const total = histogram.reduce((sum, count) => sum + count, 0);
  if (total === 0) return null;
  const rank = Math.ceil(total * share);
  let seen = 0;
  const bucket = histogram.findIndex((count) => {
    seen += count;
    return seen >= rank;
  });
  const middle = bucket === 0 ? FIRST_MS / 2 : FIRST_MS * GROWTH ** (bucket - 0.5);
  return Number(middle.toPrecision(3));
}
