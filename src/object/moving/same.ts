import type { MovedOperation } from "../../core/moving/moving.ts";

/** A link names the deployment that it is told by; how an operation came here is its own affair. */
const ignored = ["origin", "imported"];

/** isSame says whether two operations are stored alike, however the members of their documents are ordered. */
export function isSame(one: MovedOperation, other: MovedOperation): boolean {
  return (
    isEqual(JSON.parse(one.doc), JSON.parse(other.doc)) &&
    one.input === other.input &&
    isEqual(one.result, other.result) &&
    isEqual(one.rows.map(parsed), other.rows.map(parsed))
  );
}

/** Documents of rows are compared as documents. */
function parsed(row: MovedOperation["rows"][number]): unknown {
  return row.map((value) => {
    if (typeof value !== "string" || !value.startsWith("{")) return value;
    try {
      return JSON.parse(value) as unknown;
    } catch {
      return value;
    }
  });
}

function isEqual(one: unknown, other: unknown): boolean {
  if (one instanceof ArrayBuffer && other instanceof ArrayBuffer) {
    const [a, b] = [new Uint8Array(one), new Uint8Array(other)];
    return a.length === b.length && a.every((byte, index) => byte === b[index]);
  }
  if (!isRecord(one) || !isRecord(other)) return one === other;
  const names = new Set([...Object.keys(one), ...Object.keys(other)]);
  return [...names].every((name) => ignored.includes(name) || isEqual(one[name], other[name]));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
