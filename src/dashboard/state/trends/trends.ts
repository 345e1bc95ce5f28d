import { effect, signal, untracked } from "@preact/signals";
import type { TenantOperations, TrendRange, Trends } from "../../../client/index.ts";
import { place } from "../navigation.ts";
import { rest, Trouble } from "../polling.ts";
import { client, failed } from "../session.ts";

/** trends is the data of the Trends view, or undefined until it has been read. */
export const trends = signal<Trends | undefined>(undefined);

/** trendsTrouble is the error of the last request, for people. */
export const trendsTrouble = signal<string | undefined>(undefined);

/** shownTo is the client that read the trends: one user's data must not be shown to the next. */
let shownTo: TenantOperations | undefined;

/** pauses are how long to wait before a range is read again, in milliseconds: its newest step changes all the time. */
const pauses: Readonly<Record<TrendRange, number>> = { "15m": 5_000, "24h": 60_000 };

/** followTrends reads the trends repeatedly, until the returned function is called. */
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
