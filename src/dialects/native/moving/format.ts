import { readStored } from "../../../base/json.ts";
import { failed, ok, type Result } from "../../../base/result.ts";
import { decodeUtf8 } from "../../../base/utf8.ts";
import type { MovedDocument } from "../../../core/document.ts";
import { type MovedRow, type MovedTable, movedTables } from "../../../core/moving/moving.ts";
import { parse } from "../../../core/shape/parse.ts";
import { int, object, optional, string, type TypeOf } from "../../../core/shape/shape.ts";

/**
 * mediaType is that of JSON Lines: neither it nor `application/x-ndjson` is registered, and the registry of
 * OpenAPI names this one first. RFC 7464's, which is, puts a byte before each line that editors do not show.
 */
export const mediaType = "application/jsonl";

/** version counts the changes of the format; a file of another is refused. */
export const version = 1;

/** Line is one line of a file. */
export type Line =
  /** The first. */
  | {
      readonly type: "export";
      readonly version: number;
      readonly exportedAt: string;
      readonly tenant: string;
      readonly shards: number;
    }
  /** Rows of an operation that follows, where it has many; `part` counts these lines from 0. */
  | {
      readonly type: "rows";
      readonly id: string;
      readonly part: number;
      readonly rows: readonly object[];
    }
  | {
      readonly type: "operation";
      readonly operation: object;
      readonly input?: string;
      readonly result?: Body;
      readonly rows?: readonly object[];
      /** How many lines of type `rows` are before it. */
      readonly parts?: number;
    }
  /** Where to go on where a file breaks off. */
  | { readonly type: "cursor"; readonly cursor: string }
  /** A document of the `kubernetes` dialect, as JSON text without what its store writes into it. */
  | ({ readonly type: "document" } & MovedDocument)
  /** An operation that is there and cannot be read; nothing else is said of it. */
  | { readonly type: "skipped"; readonly id: string; readonly message: string }
  /**
   * The last: how many operations there are, and how many were skipped, how many lines before it but for cursors, and
   * what `chained` makes of these.
   */
  | {
      readonly type: "end";
      readonly operations: number;
      readonly skipped: number;
      readonly lines: number;
      readonly sha256: string;
    };

/** Body is JSON that the monitor shows, as text, or bytes. */
export type Body = string | { readonly text: string } | { readonly base64: string };

/** chained returns the hash of lines: of that of those before, and of one more. */
export async function chained(before: string, line: string): Promise<string> {
  const bytes = new TextEncoder().encode(`${before}${line}\n`);
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}

const cursorShape = object({
  /** The last document that was written; absent once all are. */
  document: optional(object({ storage: string({ max: 64 }), id: string({ max: 253 }) })),
  shard: int({ min: 0 }),
  after: string({ max: 64 }),
  operations: int({ min: 0 }),
  skipped: int({ min: 0 }),
  lines: int({ min: 0 }),
  sha256: string({ pattern: /^[0-9a-f]{64}$/ }),
});

/** Cursor is a place in an export: what was written of it. */
export type Cursor = TypeOf<typeof cursorShape>;

/** encodeCursor writes a Cursor as text for a URL; clients take it as opaque. */
export function encodeCursor(cursor: Cursor): string {
  return new TextEncoder().encode(JSON.stringify(cursor)).toBase64({
    alphabet: "base64url",
    omitPadding: true,
  });
}

/** decodeCursor reads what encodeCursor wrote, or returns undefined. */
export function decodeCursor(text: string): Cursor | undefined {
  try {
    const bytes = Uint8Array.fromBase64(text, { alphabet: "base64url" });
    const parsed = parse(cursorShape, JSON.parse(new TextDecoder().decode(bytes)));
    return parsed.ok ? parsed.value : undefined;
  } catch {
    return undefined;
  }
}

/** encodeRow writes a row as an object, its documents as JSON and its bytes as text where they are UTF-8. */
export function encodeRow([table, ...values]: MovedRow): Record<string, unknown> {
  const columns: readonly string[] = movedTables[table];
  const members = columns.map((name, index) => [name, encoded(name, values[index] ?? null)]);
  return { table, ...Object.fromEntries(members.filter(([, value]) => value !== null)) };
}

function encoded(name: string, value: string | number | ArrayBuffer | null): unknown {
  if (typeof value === "string" && name === "doc") return readStored<unknown>(value);
  return value instanceof ArrayBuffer ? encodeBody(value) : value;
}

/** encodeBody writes bytes: as a member `text`, or `base64`. */
export function encodeBody(bytes: ArrayBuffer): { text: string } | { base64: string } {
  const text = decodeUtf8(bytes);
  return text === undefined ? { base64: new Uint8Array(bytes).toBase64() } : { text };
}

/** decodeRow reads what encodeRow wrote, its documents as JSON text; it checks that the columns are there, not what is in them. */
export function decodeRow(row: Readonly<Record<string, unknown>>): Result<MovedRow, string> {
  const { table, ...members } = row;
  if (typeof table !== "string" || !Object.hasOwn(movedTables, table)) {
    return failed(`table: must be one of ${Object.keys(movedTables).join(", ")}`);
  }
  const columns: readonly string[] = movedTables[table as MovedTable];
  const strange = Object.keys(members).find((name) => !columns.includes(name));
  if (strange !== undefined) return failed("unknown field");
  const values: (string | number | null | ArrayBuffer)[] = [];
  for (const name of columns) {
    const value = decoded(name, members[name]);
    if (value === undefined) return failed(`${name}: is not valid`);
    values.push(value);
  }
  return ok([table as MovedTable, ...values]);
}

function decoded(name: string, value: unknown): string | number | null | ArrayBuffer | undefined {
  if (value === undefined) return null;
  if (name === "doc") return JSON.stringify(value);
  if (typeof value === "number" || typeof value === "string") return value;
  return decodeBody(value);
}

/** decodeBody reads what encodeBody wrote, or returns undefined. */
export function decodeBody(value: unknown): ArrayBuffer | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { text, base64, ...more } = value as Record<string, unknown>;
  if (Object.keys(more).length > 0) return undefined;
  if (typeof text === "string" && base64 === undefined) {
    return new TextEncoder().encode(text).buffer as ArrayBuffer;
  }
  try {
    const isBase64 = typeof base64 === "string" && text === undefined;
    return isBase64 ? Uint8Array.fromBase64(base64).buffer : undefined;
  } catch {
    return undefined;
  }
}
