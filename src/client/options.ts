import { formatDuration, parseDuration } from "../base/duration.ts";
import { maxKindFilters, maxLabels } from "../core/limits.ts";

/** CallOptions is what every request takes. */
export interface CallOptions {
  /** Ends the request, also while it waits to be sent again; what is thrown is the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** CancelOptions say how to cancel. */
export interface CancelOptions extends CallOptions {
  /** Whether the operation ends at once, whatever its work, or the worker that holds it, does. */
  readonly force?: boolean | undefined;
}

/** Filter says which operations: any of the kinds, all of the labels. An empty one lets all through. */
export interface Filter {
  /** At most 16. */
  readonly kinds?: readonly string[] | undefined;
  /** At most 32, by name. */
  readonly labels?: Readonly<Record<string, string>> | undefined;
}

/** longestDuration is the longest that an option may be where nothing else bounds it: 100 years. */
const longestDuration = 100 * 365 * 24 * 3_600_000;

/**
 * durationOption reads an option that is Go-style text (`300ms`, `1m30s`) as milliseconds.
 *
 * @throws RangeError if it is none, or is out of range
 */
export function durationOption(name: string, text: string, min = 0, max = longestDuration): number {
  const milliseconds = parseDuration(text);
  if (milliseconds !== undefined && milliseconds >= min && milliseconds <= max) return milliseconds;
  const range = `${formatDuration(min)} to ${formatDuration(max)}`;
  throw new RangeError(`Cannot take the ${name} "${text}": want a duration from ${range}`);
}

/**
 * integerOption is an option that is a whole number.
 *
 * @throws RangeError if it is none, or is out of range
 */
export function integerOption(name: string, value: number, min: number, max: number): number {
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  throw new RangeError(
    `Cannot take the ${name} ${value}: want a whole number from ${min} to ${max}`,
  );
}

/**
 * filterQuery writes a filter as the query of a list or a watch.
 *
 * @throws RangeError for more kinds or labels than there may be, and names that no label has
 */
export function filterQuery({ kinds = [], labels = {} }: Filter): URLSearchParams {
  const query = new URLSearchParams();
  if (kinds.length > maxKindFilters) {
    throw new RangeError(`Cannot filter by ${kinds.length} kinds: want at most ${maxKindFilters}`);
  }
  for (const kind of kinds) query.append("kind", kind);
  const wanted = Object.entries(labels);
  if (wanted.length > maxLabels) {
    throw new RangeError(`Cannot filter by ${wanted.length} labels: want at most ${maxLabels}`);
  }
  for (const [name, value] of wanted) {
    // The query says name:value, and is cut at the first colon.
    if (name === "" || name.includes(":")) {
      throw new RangeError(
        `Cannot filter by the label ${JSON.stringify(name)}: no label has such a name`,
      );
    }
    query.append("label", `${name}:${value}`);
  }
  return query;
}
