import { formatDuration, parseDuration } from "../base/duration.ts";
import { maxKindFilters, maxLabels } from "../core/limits.ts";

/** CallOptions are the options of every request. */
export interface CallOptions {
  /** Aborts the request, even while it waits for a retry. The call rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** CancelOptions are the options of `cancel`. */
export interface CancelOptions extends CallOptions {
  /** Whether the operation ends at once, without waiting for its work or its worker. */
  readonly force?: boolean | undefined;
}

/** Filter selects operations of any of the kinds that have all of the labels. An empty filter selects all. */
export interface Filter {
  /** At most 16. */
  readonly kinds?: readonly string[] | undefined;
  /** At most 32, by name. */
  readonly labels?: Readonly<Record<string, string>> | undefined;
}

/** longestDuration is the longest duration of an option that has no other limit: 100 years. */
const longestDuration = 100 * 365 * 24 * 3_600_000;

/**
 * durationOption parses an option that is Go-style text (`300ms`, `1m30s`) into milliseconds.
 *
 * @throws RangeError if it is invalid or out of range
 */
export function durationOption(name: string, text: string, min = 0, max = longestDuration): number {
  const milliseconds = parseDuration(text);
  if (milliseconds !== undefined && milliseconds >= min && milliseconds <= max) return milliseconds;
  const range = `${formatDuration(min)} to ${formatDuration(max)}`;
  throw new RangeError(`Invalid ${name} "${text}": must be a duration from ${range}`);
}

/**
 * integerOption returns an option that is a whole number.
 *
 * @throws RangeError if it is invalid or out of range
 */
export function integerOption(name: string, value: number, min: number, max: number): number {
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  throw new RangeError(`Invalid ${name} ${value}: must be a whole number from ${min} to ${max}`);
}

/**
 * filterQuery writes a filter as the query of a list or a watch.
 *
 * @throws RangeError for too many kinds or labels, and for invalid label names
 */
export function filterQuery({ kinds = [], labels = {} }: Filter): URLSearchParams {
  const query = new URLSearchParams();
  if (kinds.length > maxKindFilters) {
    throw new RangeError(
      `Cannot filter by ${kinds.length} kinds: at most ${maxKindFilters} are allowed`,
    );
  }
  for (const kind of kinds) query.append("kind", kind);
  const wanted = Object.entries(labels);
  if (wanted.length > maxLabels) {
    throw new RangeError(
      `Cannot filter by ${wanted.length} labels: at most ${maxLabels} are allowed`,
    );
  }
  for (const [name, value] of wanted) {
    // The query has the form name:value, which is split at the first colon.
    if (name === "" || name.includes(":")) {
      throw new RangeError(
        `Cannot filter by the label ${JSON.stringify(name)}: not a valid label name`,
      );
    }
    query.append("label", `${name}:${value}`);
  }
  return query;
}
