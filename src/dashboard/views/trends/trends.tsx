import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { TrendRange, Trends } from "../../../client/index.ts";
import { go, place } from "../../state/navigation.ts";
import {
  durationsOf,
  loadOf,
  requestsOf,
  shareOf,
  type Totals,
  throughputOf,
  timesOf,
  totalsOf,
} from "../../state/trends/plots.ts";
import { followTrends, trends, trendsTrouble } from "../../state/trends/trends.ts";
import { PlotView } from "./plot.tsx";

const ranges: readonly (readonly [TrendRange, string])[] = [
  ["15m", "15 minutes"],
  ["24h", "24 hours"],
];

/** TrendsView shows the trends, as plots. */
export function TrendsView() {
  useEffect(followTrends, []);
  const { range } = place.value;
  return (
    <section class="page trends" aria-labelledby="trends-title">
      <div class="trends-head">
        <h2 id="trends-title">Trends</h2>
        <div class="chips" role="group" aria-label="Time range">
          {ranges.map(([name, title]) => (
            <button
              key={name}
              type="button"
              class="chip"
              aria-pressed={range === name}
              onClick={() => go({ range: name })}
            >
              {title}
            </button>
          ))}
        </div>
      </div>
      {trendsTrouble.value !== undefined && (
        <p class="banner" role="alert">
          {trendsTrouble.value}
        </p>
      )}
      {trends.value ? <Plots known={trends.value} /> : <p class="note">Loading…</p>}
    </section>
  );
}

function Plots({ known }: { known: Trends }) {
  const times = timesOf(known);
  const kinds = Object.keys(known.kinds).sort();
  const chosen = useSignal<string | undefined>(undefined);
  const kind = chosen.value !== undefined && kinds.includes(chosen.value) ? chosen.value : kinds[0];
  return (
    <div class="plots">
      <Sums of={totalsOf(known)} />
      <PlotView plot={throughputOf(known)} times={times} />
      <PlotView plot={loadOf(known)} times={times} />
      <PlotView plot={durationsOf(known, kind ?? "")} times={times}>
        {kinds.length > 0 && (
          <select
            aria-label="Kind"
            value={kind}
            onChange={(event) => {
              chosen.value = event.currentTarget.value;
            }}
          >
            {kinds.map((name) => (
              <option key={name} value={name}>
                {name}
              </option>
            ))}
          </select>
        )}
      </PlotView>
      <PlotView plot={requestsOf(known)} times={times} />
    </div>
  );
}

/** The totals, which rates per second do not show. */
function Sums({ of }: { of: Totals }) {
  return (
    <dl class="sums">
      {(["created", "succeeded", "failed", "canceled"] as const).map((name) => (
        <div
          key={name}
          class={name === "failed" && of.failed > 0 ? "panel sum sum-failed" : "panel sum"}
        >
          <dt>{name}</dt>
          <dd>
            {of[name].toLocaleString("en")}
            {name !== "created" && <span class="note"> {shareOf(of[name], of)}</span>}
          </dd>
        </div>
      ))}
    </dl>
  );
}
