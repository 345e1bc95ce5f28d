import { readStored } from "../../../base/json.ts";
import { failed, ok, type Result } from "../../../base/result.ts";
import { decodeUtf8 } from "../../../base/utf8.ts";
import type { MovedDocument } from "../../../core/document.ts";
import { type MovedRow, type MovedTable, movedTables } from "../../../core/moving/moving.ts";
import { parse } from "../../../core/shape/parse.ts";
import { int, object, optional, string, type TypeOf } from "../../../core/shape/shape.ts";

/**
 * mediaType is the media type of JSON Lines: neither it nor `application/x-ndjson` is registered, and OpenAPI's
 * registry lists this one first. RFC 7464's, which is registered, puts a byte before each line that editors do not
 * show.
 */
export const mediaType = "application/jsonl";

/** version is the version of the format; files with another version are refused. */
export const version = 1;

/** Line is one line of a file. */
export type Line =
  /** The first line. */
  | {
      readonly type: "export";
      readonly version: number;
      readonly exportedAt: string;
      readonly tenant: string;
      readonly shards: number;
    }
  /** Rows of the operation that follows, if it has many; `part` counts these lines from 0. */
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
      /** The number of lines of type `rows` before it. */
      readonly parts?: number;
    }
  /** Where to resume if a file breaks off. */
  | { readonly type: "cursor"; readonly cursor: string }
  /** A document of the `kubernetes` dialect, as JSON text without the members that its store adds. */
  | ({ readonly type: "document" } & MovedDocument)
  /** An operation that could not be read. */
  | { readonly type: "skipped"; readonly id: string; readonly message: string }
  /**
   * The last line: the number of operations, of skipped operations, and of the lines before it, except for cursors,
   * with the `chained` hash of these lines.
   */
  | {
      readonly type: "end";
      readonly operations: number;
      readonly skipped: number;
      readonly lines: number;
      readonly sha256: string;
    };

/** Body is JSON that is part of the operation's state, as text, or bytes. */
export type Body = string | { readonly text: string } | { readonly base64: string };

/** chained returns the hash of the previous hash and another line. */
export async function chained(before: string, line: string): Promise<string> {
  const bytes = new TextEncoder().encode(`${before}${line}\n`);
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}

const cursorShape = object({
  /** The last document that was written; absent after the last. */
  document: optional(object({ storage: string({ max: 64 }), id: string({ max: 253 }) })),
  shard: int({ min: 0 }),
  after: string({ max: 64 }),
  operations: int({ min: 0 }),
  skipped: int({ min: 0 }),
  lines: int({ min: 0 }),
  sha256: string({ pattern: /^[0-9a-f]{64}$/ }),
});

/** Cursor is a position in an export, with the state of the file up to it. */
export type Cursor = TypeOf<typeof cursorShape>;

/** encodeCursor writes a Cursor as text for a URL; it is opaque to clients. */
export function encodeCursor(cursor: Cursor): string {
  return new TextEncoder().encode(JSON.stringify(cursor)).toBase64({
    alphabet: "base64url",
    omitPadding: true,
  });
}

/** decodeCursor parses what encodeCursor wrote, or returns undefined. */
export function decodeCursor(text: string): Cursor | undefined {
  try {
    const bytes = Uint8Array.fromBase64(text, { alphabet: "base64url" });
    const parsed = parse(cursorShape, JSON.parse(new TextDecoder().decode(bytes)));
    return parsed.ok ? parsed.value : undefined;
  } catch {
    return undefined;
  }
}

/** encodeRow writes a row as an object, with its documents as JSON, and its bytes as text if they are UTF-8. */
export function encodeRow([table, ...values]: MovedRow): Record<string, unknown> {
  const columns: readonly string[] = movedTables[table];
  const members = columns.map((name, index) => [name, encoded(name, values[index] ?? null)]);
  return { table, ...Object.fromEntries(members.filter(([, value]) => value !== null)) };
}

function encoded(name: string, value: string | number | ArrayBuffer | null): unknown {
  if (typeof value === "string" && name === "doc") return readStored<unknown>(value);
  return value instanceof ArrayBuffer ? encodeBody(value) : value;
}

/** encodeBody writes bytes as a member `text`, or else `base64`. */
export function encodeBody(bytes: ArrayBuffer): { text: string } | { base64: string } {
  const text = decodeUtf8(bytes);
  return text === undefined ? { base64: new Uint8Array(bytes).toBase64() } : { text };
}

/**
 * decodeRow parses what encodeRow wrote, with its documents as JSON text; it checks that the columns exist, not their
 * contents.
 */
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

/** decodeBody parses what encodeBody wrote, or returns undefined. */
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
