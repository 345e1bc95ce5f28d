/** Span is a period, in milliseconds since 1970. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** Scale maps times in an operation's life to positions in a drawing, from 0 at its start to 1 at its end. */
export interface Scale {
  /** Whether waits are drawn shorter than to scale. */
  readonly isShortened: boolean;
  /** placeOf returns the position of a time. */
  placeOf(time: number): number;
  /** timeAt returns the time at a position. */
  timeAt(place: number): number;
}

/**
 * longest is the longest a wait is drawn, as a share of all work; all waits together take at most as much as the work.
 */
const longest = 0.25;

/** worthIt is the highest share of the original length that justifies an uneven scale. */
const worthIt = 0.5;

/**
 * scaleOf returns the scale for an operation's life. If idle periods are so long that the work would be too small to
 * see, they are drawn shorter.
 *
 * @param busy the periods of work; they may overlap, and come in any order. Without any, the scale is even.
 */
export function scaleOf(life: Span, busy: readonly Span[]): Scale {
  const parts = partsOf(life, busy);
  const worked = sumOf(parts, ({ isWait, length }) => (isWait ? 0 : length));
  const waits = sumOf(parts, ({ isWait }) => Number(isWait));
  const most = worked * Math.min(longest, 1 / waits);
  const drawnAs = ({ isWait, length }: Part) => (isWait ? Math.min(length, most) : length);
  const least = sumOf(parts, drawnAs);
  const isShortened = worked > 0 && least < (life.to - life.from) * worthIt;
  const all = isShortened ? least : Math.max(1, life.to - life.from);
  // The ends of the parts, as times and as positions.
  const ends: [number, number][] = [[life.from, 0]];
  let drawn = 0;
  for (const part of parts) {
    drawn += isShortened ? drawnAs(part) : part.length;
    ends.push([part.to, drawn / all]);
  }
  return {
    isShortened,
    placeOf: (time) => between(ends, time, 0, 1),
    timeAt: (place) => between(ends, place, 1, 0),
  };
}

interface Part extends Span {
  readonly length: number;
  readonly isWait: boolean;
}

function sumOf(parts: readonly Part[], of: (part: Part) => number): number {
  return parts.reduce((sum, part) => sum + of(part), 0);
}

/** A life as alternating work and waits. */
function partsOf(life: Span, busy: readonly Span[]): readonly Part[] {
  const parts: Part[] = [];
  let at = life.from;
  const until = (to: number, isWait: boolean) => {
    const end = Math.min(to, life.to);
    if (end <= at) return;
    parts.push({ from: at, to: end, length: end - at, isWait });
    at = end;
  };
  for (const { from, to } of busy.toSorted((a, b) => a.from - b.from)) {
    until(from, true);
    until(to, false);
  }
  until(life.to, true);
  return parts;
}

/** Interpolates linearly between the neighboring ends. */
function between(ends: readonly [number, number][], value: number, by: 0 | 1, of: 0 | 1): number {
  const [first] = ends;
  let before = first as [number, number];
  for (const end of ends) {
    if (end[by] >= value) {
      const length = end[by] - before[by];
      const share = length === 0 ? 0 : Math.max(0, value - before[by]) / length;
      return before[of] + share * (end[of] - before[of]);
    }
    before = end;
  }
  return before[of];
}
