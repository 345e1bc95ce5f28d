import {
  documentExists,
  type MovedDocument,
  type MovedDocumentPage,
  stamped,
  unstamped,
} from "../../core/document.ts";
import type { Arrival } from "../../core/moving/moving.ts";
import type { MovingSurroundings } from "../../runner/moving.ts";

/** pageSize and pageText bound one page: documents, and characters of JSON text. */
const pageSize = 200;
const pageText = 2 * 1024 * 1024;

type Surroundings = Pick<MovingSurroundings, "sql" | "documents" | "full" | "nextRevision">;

/** MovedDocuments reads documents for an export, and stores imported ones. */
export class MovedDocuments {
  readonly #around: Surroundings;

  constructor(around: Surroundings) {
    this.#around = around;
  }

  /** page returns documents of all storages after a given one, in the order of their storages and IDs. */
  page(storage: string, id: string): MovedDocumentPage {
    const rows = this.#around.sql.exec<{
      storage: string;
      id: string;
      createdAt: number;
      doc: string;
    }>(
      `SELECT storage, id, created_at AS createdAt, doc FROM documents
       WHERE (storage, id) > (?, ?) ORDER BY storage, id LIMIT ? + 0`,
      storage,
      id,
      pageSize + 1,
    );
    const documents: MovedDocumentPage["documents"][number][] = [];
    let size = 0;
    for (const { doc, ...row } of rows) {
      if (documents.length === pageSize || size > pageText) return { documents, hasMore: true };
      const document = unstamped(doc);
      documents.push(document === undefined ? row : { ...row, document });
      size += doc.length;
    }
    return { documents, hasMore: false };
  }

  /**
   * arrive stores one, unless there is another with its name; it gets a revision of this object. Call it in a group of
   * writes.
   */
  arrive({ storage, id, createdAt, document }: MovedDocument, now: number): Arrival {
    const { documents, full, nextRevision } = this.#around;
    const known = documents.get({ storage, id });
    if (known) {
      const isSame = unstamped(known.doc) === document && known.createdAt === createdAt;
      return isSame ? "unchanged" : { error: documentExists({ storage, id }) };
    }
    const refused = full(now, document.length);
    if (refused) return { error: refused };
    const revision = nextRevision(now);
    const doc = stamped(document, createdAt, revision);
    documents.insert({ storage, id }, { doc, createdAt, revision });
    return "accepted";
  }
}
