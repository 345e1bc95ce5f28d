import { effect, signal, untracked } from "@preact/signals";
import type { TenantOperations, TrendRange, Trends } from "../../../client/index.ts";
import { place } from "../navigation.ts";
import { rest, Trouble } from "../polling.ts";
import { client, failed } from "../session.ts";

/** trends is what the Trends view draws, or undefined until that is known. */
export const trends = signal<Trends | undefined>(undefined);

/** trendsTrouble is what went wrong when it was last asked for, for people. */
export const trendsTrouble = signal<string | undefined>(undefined);

/** shownTo is who the trends were read as: what one was shown is not kept for the next. */
let shownTo: TenantOperations | undefined;

/** pauses are how long a range is left alone, in milliseconds: its newest step changes all the time. */
const pauses: Readonly<Record<TrendRange, number>> = { "15m": 5_000, "24h": 60_000 };

/** followTrends reads the trends again and again, until the function that it returns is called. */
export function followTrends(): () => void {
  let leaving = new AbortController();
  const stop = effect(() => {
    const asked = client.value;
    const { range } = place.value;
    leaving.abort();
    leaving = new AbortController();
    const left = leaving.signal;
    untracked(() => {
      if (trends.value?.range !== range || shownTo !== asked) trends.value = undefined;
      if (shownTo !== asked) trendsTrouble.value = undefined;
      shownTo = asked;
      if (asked) void follow(asked, range, left);
    });
  });
  return () => {
    stop();
    leaving.abort();
  };
}

async function follow(asked: TenantOperations, range: TrendRange, left: AbortSignal) {
  const trouble = new Trouble(left);
  while (!left.aborted) {
    try {
      const found = await asked.trends(range, { signal: left });
      trends.value = found;
      trendsTrouble.value = undefined;
      trouble.over();
      await rest(pauses[range], left);
    } catch (thrown) {
      if (left.aborted) return;
      trendsTrouble.value = failed(thrown);
      if (!(await trouble.passes(thrown))) return;
    }
  }
}
