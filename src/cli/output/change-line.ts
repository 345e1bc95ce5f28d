import type { Operation } from "../../client/index.ts";
import { messageOf, percentOf } from "./operation-table.ts";
import { plainText } from "./plain-text.ts";

/**
 * changeLine returns one change of an operation as one line for a pipe. The columns, separated by tabs, never change:
 * time of the change (RFC 3339), ID, kind, status, percent and message, with `-` for what is missing.
 */
export function changeLine(operation: Operation): string {
  const { updatedAt, id, kind, status } = operation;
  const parts = [updatedAt, id, kind, status, percentOf(operation), messageOf(operation)];
  return parts.map((part) => plainText(part) || "-").join("\t");
}
