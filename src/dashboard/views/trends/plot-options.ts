import type uPlot from "uplot";
import { type Plot, worded } from "../../state/trends/plots.ts";

/** height is the height of a plot, in CSS pixels. */
const height = 190;

/**
 * plotOptions returns the options with which uPlot draws a plot: in the colors of the element's style sheet, calling
 * `onPoint` with the step under the pointer.
 */
export function plotOptions(
  { series, unit, isSparse }: Plot,
  element: HTMLElement,
  onPoint: (index: number | undefined) => void,
): uPlot.Options {
  const style = getComputedStyle(element);
  const color = (name: string) => style.getPropertyValue(`--${name}`).trim();
  const axis = {
    stroke: color("quiet"),
    font: `11px ${style.fontFamily}`,
    grid: { stroke: color("soft"), width: 1 },
    ticks: { show: false },
  };
  return {
    width: element.clientWidth,
    height,
    legend: { show: false },
    cursor: {
      y: false,
      sync: { key: "trends" },
      drag: { x: false, y: false, setScale: false },
      points: { size: 7 },
    },
    hooks: {
      setCursor: [({ cursor }) => onPoint(cursor.idx ?? undefined)],
    },
    scales: {
      y: { range: (_, __, most) => [0, roomFor(most, unit)] },
    },
    axes: [
      { ...axis, size: 28, space: 70, values: (_, splits) => splits.map(clockTime) },
      {
        ...axis,
        size: 58,
        space: 36,
        values: (_, splits) => splits.map((value) => worded(value, unit)),
      },
    ],
    series: [
      {},
      ...series.map(({ name, color: number }, index) => {
        const stroke = color(`series-${number}`);
        return {
          label: name,
          stroke,
          width: 1.75,
          spanGaps: isSparse,
          points: { show: isSparse, size: 5, fill: stroke },
          ...(index === 0 && !isSparse && { fill: `${stroke}22` }),
        };
      }),
    ],
  };
}

/** A line at zero is at the bottom rather than in the middle, and no line touches the top. */
function roomFor(most: number, unit: Plot["unit"]): number {
  const least = unit === "rate" ? 0.5 : unit === "count" ? 4 : 10;
  return Math.max(least, most * 1.1);
}

function clockTime(seconds: number): string {
  return new Date(seconds * 1_000).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
}
