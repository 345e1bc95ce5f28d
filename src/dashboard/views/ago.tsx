import { now } from "../state/clock.ts";
import { ago, exactTime } from "../state/elapsed.ts";

/** Ago shows how long ago a time was, with the time itself as its title. */
export function Ago({ at }: { readonly at: number }) {
  return (
    <time dateTime={new Date(at).toISOString()} title={exactTime(at)}>
      {ago(at, now.value)}
    </time>
  );
}
