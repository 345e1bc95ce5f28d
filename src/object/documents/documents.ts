import type { DocumentKey, DocumentPage, DocumentQuery } from "../../core/document.ts";

/** pageSize and pageText bound one page: documents, and characters of JSON text. */
const pageSize = 500;
const pageText = 4 * 1024 * 1024;

/**
 * maxParsed is how many bytes of documents one page parses for their labels, where each document costs perRow bytes
 * more.
 */
export const maxParsed = 4 * 1024 * 1024;

/** perRow is what a document costs besides its length, in bytes of maxParsed. */
const perRow = 256;

/** StoredDocument is a document with its stamps. */
export interface StoredDocument {
  /** JSON text that includes the stamps. */
  readonly doc: string;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  readonly revision: number;
}

/**
 * Documents stores the documents of a tenant in SQLite, one row each, whatever their storage is called. migrations.ts
 * documents the schema.
 */
export class Documents {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** get returns a document, if it exists. */
  get({ storage, id }: DocumentKey): StoredDocument | undefined {
    return this.#sql
      .exec<{ doc: string; createdAt: number; revision: number }>(
        `SELECT doc, created_at AS createdAt, revision FROM documents
         WHERE storage = ? AND id = ?`,
        storage,
        id,
      )
      .toArray()[0];
  }

  /** page returns one page of the documents that meet every requirement, in the order of their IDs. */
  page(query: DocumentQuery): DocumentPage {
    const { storage, requirements, after = "" } = query;
    const where = ["storage = ?", "id > ?"];
    const bindings = [storage, after];
    const end = this.#endOf(query);
    if (end !== undefined) {
      where.push("id <= ?");
      bindings.push(end);
    }
    for (const { label, value, isEqual } of requirements) {
      const found = "SELECT value FROM json_each(doc, '$.labels') WHERE key = ?";
      where.push(`coalesce((${found}), '') ${isEqual ? "=" : "<>"} ?`);
      bindings.push(label, value);
    }
    const rows = this.#sql.exec<{ id: string; doc: string }>(
      `SELECT id, doc FROM documents WHERE ${where.join(" AND ")} ORDER BY id LIMIT ? + 0`,
      ...bindings,
      pageSize + 1,
    );
    const documents: string[] = [];
    let last = "";
    let size = 0;
    for (const { id, doc } of rows) {
      if (documents.length === pageSize || size > pageText) return { documents, next: last };
      documents.push(doc);
      last = id;
      size += doc.length;
    }
    return end === undefined ? { documents } : { documents, next: end };
  }

  /** Returns the last document that a page with requirements parses, if there are more. */
  #endOf({ storage, requirements, after = "", mayBeEmpty }: DocumentQuery): string | undefined {
    if (!mayBeEmpty || requirements.length === 0) return undefined;
    const parsed = `sum(octet_length(doc) + ${perRow}) OVER (ORDER BY id ROWS UNBOUNDED PRECEDING)`;
    return this.#sql
      .exec<{ id: string }>(
        `SELECT id FROM (
           SELECT id, ${parsed} AS parsed FROM documents WHERE storage = ? AND id > ?
         ) WHERE parsed * ? > ? LIMIT 1`,
        storage,
        after,
        requirements.length,
        maxParsed,
      )
      .toArray()[0]?.id;
  }

  /** insert adds a document that does not exist: one row. */
  insert({ storage, id }: DocumentKey, { doc, createdAt, revision }: StoredDocument): void {
    this.#sql.exec(
      "INSERT INTO documents (storage, id, created_at, revision, doc) VALUES (?, ?, ?, ?, ?)",
      storage,
      id,
      createdAt,
      revision,
      doc,
    );
  }

  /** update changes a document that exists: one row. */
  update({ storage, id }: DocumentKey, { doc, revision }: StoredDocument): void {
    this.#sql.exec(
      "UPDATE documents SET doc = ?, revision = ? WHERE storage = ? AND id = ?",
      doc,
      revision,
      storage,
      id,
    );
  }

  /** remove deletes a document: one row. */
  remove({ storage, id }: DocumentKey): void {
    this.#sql.exec("DELETE FROM documents WHERE storage = ? AND id = ?", storage, id);
  }
}
