import { readStored } from "../../base/json.ts";
import type { MovedOperation } from "../../core/moving/moving.ts";
import type { Operation } from "../../core/operation/operation.ts";

/**
 * isSame returns whether two operations are stored alike, in whatever order the members of their documents are. Links
 * differ by deployment, and how an operation came here does not matter, so neither is compared.
 */
export function isSame(one: MovedOperation, other: MovedOperation): boolean {
  return (
    isEqual(own(one.doc), own(other.doc)) &&
    one.input === other.input &&
    isEqual(one.result, other.result) &&
    isEqual(one.rows.map(parsed), other.rows.map(parsed))
  );
}

function own(doc: string): object {
  const { imported: _, webhook, ...op } = readStored<Operation>(doc);
  return webhook ? { ...op, webhook: { ...webhook, origin: "" } } : op;
}

/** Documents in rows are compared as documents; what a delivery sends follows from the rest. */
function parsed(row: MovedOperation["rows"][number]): unknown {
  const values = row.map((value) => {
    if (typeof value !== "string" || !value.startsWith("{")) return value;
    try {
      return JSON.parse(value) as unknown;
    } catch {
      return value;
    }
  });
  if (row[0] !== "deliveries") return values;
  const [table, next, doc] = values;
  return [table, next, isRecord(doc) ? { ...doc, origin: "", imported: "" } : doc];
}

function isEqual(one: unknown, other: unknown): boolean {
  if (one instanceof ArrayBuffer && other instanceof ArrayBuffer) {
    const [a, b] = [new Uint8Array(one), new Uint8Array(other)];
    return a.length === b.length && a.every((byte, index) => byte === b[index]);
  }
  if (!isRecord(one) || !isRecord(other)) return one === other;
  const names = new Set([...Object.keys(one), ...Object.keys(other)]);
  return [...names].every((name) => isEqual(one[name], other[name]));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
