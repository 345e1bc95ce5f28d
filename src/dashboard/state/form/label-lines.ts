/** Labels is what was read of a text: labels by name, or what is wrong with it. */
export type Labels =
  | { readonly labels: Readonly<Record<string, string>>; readonly wrong?: never }
  | { readonly wrong: string };

/** readLabels reads labels, one on a line: `customer: 42` or `customer=42`. */
export function readLabels(text: string): Labels {
  const labels: [string, string][] = [];
  for (const line of text.split("\n").map((raw) => raw.trim())) {
    if (line === "") continue;
    const parts = /^([^:=\s]+)\s*[:=]\s*(.*)$/.exec(line);
    if (!parts) return { wrong: `want name: value, not ${JSON.stringify(line)}` };
    labels.push([parts[1] ?? "", parts[2] ?? ""]);
  }
  return { labels: Object.fromEntries(labels) };
}

/** writeLabels writes labels as readLabels reads them. */
export function writeLabels(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}: ${value}`)
    .join("\n");
}
