/** Span is a part of the time, in milliseconds. */
export interface Span {
  readonly began: number;
  readonly ended: number;
}

/** pausesBetween returns the times in which no answer came for longer than `least` milliseconds, of the times of all in order. */
export function pausesBetween(answers: readonly number[], least: number): Span[] {
  return answers.slice(1).flatMap((ended, n) => {
    const began = answers[n] ?? ended;
    return ended - began > least ? [{ began, ended }] : [];
  });
}

/** total is how long spans are together. */
export function total(spans: readonly Span[]): number {
  return spans.reduce((sum, { began, ended }) => sum + ended - began, 0);
}

/** overlap is for how long a span lies in others, which do not overlap themselves. */
export function overlap({ began, ended }: Span, others: readonly Span[]): number {
  return others.reduce(
    (sum, other) => sum + Math.max(0, Math.min(ended, other.ended) - Math.max(began, other.began)),
    0,
  );
}

/** shareIn is which share of some spans, such as requests, has a part in one of the others. */
export function shareIn(spans: readonly Span[], others: readonly Span[]): number {
  const hit = spans.filter(({ began, ended }) =>
    others.some((other) => began < other.ended && ended > other.began),
  );
  return hit.length / spans.length;
}
