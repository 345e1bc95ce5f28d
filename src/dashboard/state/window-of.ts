/** Window is the part of a long list that is in the document: from `first` to `end`, excluding `end`. */
export interface Window {
  readonly first: number;
  readonly end: number;
}

/** overscan is how many rows are drawn beyond each edge, so that fast scrolling shows no gap. */
const overscan = 12;

/** windowOf returns which rows of equal height to draw. Heights and offsets are CSS pixels. */
export function windowOf(
  count: number,
  rowHeight: number,
  scrollTop: number,
  viewHeight: number,
): Window {
  const first = Math.max(0, Math.floor(scrollTop / rowHeight) - overscan);
  const end = Math.min(count, Math.ceil((scrollTop + viewHeight) / rowHeight) + overscan);
  return { first: Math.min(first, end), end };
}
