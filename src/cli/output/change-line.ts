import type { Operation } from "../../client/index.ts";
import { messageOf, percentOf } from "./operation-table.ts";
import { plainText } from "./plain-text.ts";

/**
 * changeLine returns one change of an operation as one line of a pipe, in this order for good, with tabs
 * between: when it changed (RFC 3339), id, kind, status, percent and message, where `-` is none.
 */
export function changeLine(operation: Operation): string {
  const { updatedAt, id, kind, status } = operation;
  const parts = [updatedAt, id, kind, status, percentOf(operation), messageOf(operation)];
  return parts.map((part) => plainText(part) || "-").join("\t");
}
