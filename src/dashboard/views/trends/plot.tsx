import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import { colorScheme } from "../../state/color-scheme.ts";
import { isBlank, type Plot, worded } from "../../state/trends/plots.ts";
import { plotOptions } from "./plot-options.ts";

interface PlotViewProps {
  readonly plot: Plot;
  /** Seconds since 1970, one for each value. */
  readonly times: readonly number[];
  /** Controls next to its title. */
  readonly children?: ComponentChildren;
}

/** PlotView draws a plot, and shows its values: the last ones, or those under the pointer. */
export function PlotView({ plot, times, children }: PlotViewProps) {
  const place = useRef<HTMLDivElement>(null);
  const drawn = useRef<uPlot | undefined>(undefined);
  const pointed = useSignal<number | undefined>(undefined);
  const scheme = colorScheme.value;
  const names = plot.series.map(({ name }) => name).join("\n");
  const data = [times, ...plot.series.map(({ values }) => values)];
  const latest = useRef(data);
  latest.current = data;
  const isEmpty = isBlank(plot);

  useEffect(() => {
    const element = place.current;
    if (!element || isEmpty) return undefined;
    const options = plotOptions(plot, element, (index) => {
      pointed.value = index;
    });
    const made = new uPlot(options, latest.current as uPlot.AlignedData, element);
    drawn.current = made;
    const observer = new ResizeObserver(() => {
      made.setSize({ width: element.clientWidth, height: made.height });
    });
    observer.observe(element);
    return () => {
      observer.disconnect();
      made.destroy();
      drawn.current = undefined;
    };
  }, [scheme, names, isEmpty]);

  useEffect(() => {
    drawn.current?.setData(latest.current as uPlot.AlignedData);
  }, [times, plot]);

  const at = pointed.value ?? times.length - 1;
  return (
    <section class="panel plot" aria-label={plot.title}>
      <div class="section-head">
        <h3>{plot.title}</h3>
        {children}
      </div>
      <ul class="legend">
        {plot.series.map(({ name, color, values }) => (
          <li key={name}>
            <span class={`swatch swatch-${color}`} aria-hidden="true" />
            <span class="legend-name">{name}</span>{" "}
            <span class="legend-value">
              {worded(valueAt(values, at, pointed.value), plot.unit)}
            </span>
          </li>
        ))}
      </ul>
      {isEmpty ? (
        <p class="note plot-empty">No data for this period.</p>
      ) : (
        <div class="canvas" ref={place} role="img" aria-label={describe(plot)} />
      )}
    </section>
  );
}

/** If nothing is pointed at, the last known value. */
function valueAt(
  values: readonly (number | null)[],
  at: number,
  pointed: number | undefined,
): number | null | undefined {
  return pointed === undefined ? values.findLast((value) => value !== null) : values[at];
}

function describe({ title, unit, series }: Plot): string {
  const told = series.map(({ name, values }) => {
    const known = values.filter((value) => value !== null);
    const highest = known.reduce((most, value) => Math.max(most, value), 0);
    return `${name} now ${worded(known.at(-1), unit)}, at most ${worded(highest, unit)}`;
  });
  return `${title}: ${told.join("; ")}`;
}
