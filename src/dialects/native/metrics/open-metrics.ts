/**
 * The part of OpenMetrics 1.0 that is needed (https://prometheus.io/docs/specs/om/open_metrics_spec/), for values that
 * have been counted already: client libraries count themselves, and do not accept filled histograms.
 */

/** mediaType is the media type of the text. */
export const mediaType = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/** Labels distinguish the samples of a family. */
export type Labels = Readonly<Record<string, string>>;

/** Sample is a number with its labels. */
export type Sample = readonly [labels: Labels, value: number];

/** Distribution counts values up to each of several ascending bounds, with their sum. */
export interface Distribution {
  readonly labels: Labels;
  /** As `[upper bound, count]`; each count includes all lower ones. */
  readonly buckets: readonly (readonly [bound: number, count: number])[];
  readonly count: number;
  readonly sum: number;
}

/** Family is a metric. Its name ends with its unit, if it has one. */
export type Family = {
  readonly name: string;
  readonly help: string;
  readonly unit?: string;
} & (
  | { readonly type: "counter" | "gauge"; readonly samples: readonly Sample[] }
  | { readonly type: "histogram"; readonly samples: readonly Distribution[] }
);

/** openMetrics writes families as OpenMetrics text. */
export function openMetrics(families: readonly Family[]): string {
  return [...families.flatMap(linesOf), "# EOF", ""].join("\n");
}

function linesOf(family: Family): string[] {
  const { name, type, unit, help } = family;
  return [
    `# TYPE ${name} ${type}`,
    ...(unit === undefined ? [] : [`# UNIT ${name} ${unit}`]),
    `# HELP ${name} ${escaped(help)}`,
    ...(family.type === "histogram"
      ? family.samples.flatMap((sample) => distribution(name, sample))
      : family.samples.map(([labels, value]) =>
          line(type === "counter" ? `${name}_total` : name, labels, value),
        )),
  ];
}

function distribution(name: string, { labels, buckets, count, sum }: Distribution): string[] {
  const within = buckets.map(([bound, number]) =>
    line(`${name}_bucket`, { ...labels, le: String(bound) }, number),
  );
  return [
    ...within,
    line(`${name}_bucket`, { ...labels, le: "+Inf" }, count),
    line(`${name}_count`, labels, count),
    line(`${name}_sum`, labels, sum),
  ];
}

function line(name: string, labels: Labels, value: number): string {
  const written = Object.entries(labels).map(([label, text]) => `${label}="${escaped(text)}"`);
  return `${name}${written.length > 0 ? `{${written.join(",")}}` : ""} ${value}`;
}

function escaped(text: string): string {
  return text.replace(/["\\]/g, "\\$&").replace(/\n/g, "\\n");
}
