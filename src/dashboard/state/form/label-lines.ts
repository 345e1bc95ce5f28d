import { failed, ok, type Result } from "../../../base/result.ts";

/** readLabels parses labels, one per line: `customer: 42` or `customer=42`. */
export function readLabels(text: string): Result<Readonly<Record<string, string>>, string> {
  const labels: [string, string][] = [];
  for (const line of text.split("\n").map((raw) => raw.trim())) {
    if (line === "") continue;
    const parts = /^([^:=\s]+)\s*[:=]\s*(.*)$/.exec(line);
    if (!parts) return failed(`must be name: value, not ${JSON.stringify(line)}`);
    labels.push([parts[1] ?? "", parts[2] ?? ""]);
  }
  return ok(Object.fromEntries(labels));
}

/** writeLabels writes labels in the format of readLabels. */
export function writeLabels(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}: ${value}`)
    .join("\n");
}
