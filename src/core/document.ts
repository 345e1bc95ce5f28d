import { type Failure, failure, quote } from "./errors.ts";

/** DocumentKey identifies a document: a JSON object that a tenant stores in addition to its operations. */
export interface DocumentKey {
  /** The kind of document, in the plural: `services`. */
  readonly storage: string;
  readonly id: string;
}

/** DocumentWrite is a change to one document by an operation. */
export type DocumentWrite = DocumentKey &
  (
    | {
        readonly verb: "create" | "update";
        /** A JSON object as text, without stamps; with them it becomes the operation's result. */
        readonly document: string;
        /** For an update: the revision that the document must have. Default: any. */
        readonly revision?: number | undefined;
      }
    | {
        readonly verb: "delete";
        /** The operation's result, as JSON text. */
        readonly result: string;
      }
  );

/** Requirement is one condition on a label; a document without the label has an empty value. */
export interface Requirement {
  readonly label: string;
  readonly value: string;
  /** Whether the label must have the value, or must not. */
  readonly isEqual: boolean;
}

/** DocumentQuery asks for one page of a storage, in the order of ids. */
export interface DocumentQuery {
  readonly storage: string;
  /** All of these. */
  readonly requirements: readonly Requirement[];
  /** Only ids after this one. */
  readonly after?: string;
  /** Whether a page may be empty without being the last, so that it examines a limited number of documents. */
  readonly mayBeEmpty?: true;
}

/** DocumentPage is one page, as JSON texts, with the id to continue after if there may be more. */
export interface DocumentPage {
  readonly documents: readonly string[];
  readonly next?: string;
}

/**
 * stamped adds to a document what only its store knows. A changed document keeps its creation time; revisions grow with
 * every change in the object.
 *
 * @param document the text of a JSON object with at least one member and without stamps
 * @param createdAt milliseconds since 1970, written in whole seconds
 */
export function stamped(document: string, createdAt: number, revision: number): string {
  const time = new Date(createdAt).toISOString().replace(/\.\d+Z/, "Z");
  const stamps = `"creationTimestamp":"${time}","resourceVersion":${revision}`;
  return `${document.slice(0, -1)},${stamps}}`;
}

const stamps = /,"creationTimestamp":"[^"]*","resourceVersion":\d+\}$/;

/** unstamped returns the document without its stamps; undefined if it has none. */
export function unstamped(doc: string): string | undefined {
  return stamps.test(doc) ? doc.replace(stamps, "}") : undefined;
}

/** MovedDocument is a document on its way to another deployment, where it gets a new revision. */
export interface MovedDocument extends DocumentKey {
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  /** JSON text, without stamps. */
  readonly document: string;
}

/** MovedDocumentPage is a page of documents, and whether more follow. */
export interface MovedDocumentPage {
  /** A damaged document comes without its text. */
  readonly documents: readonly (MovedDocument | Omit<MovedDocument, "document">)[];
  readonly hasMore: boolean;
}

/** documentNotFound is the Failure for a document that does not exist. */
export function documentNotFound({ storage, id }: DocumentKey): Failure {
  return failure("not-found", `Cannot find ${quote(id)} in ${storage}`);
}

/** documentExists is the Failure of creating a document that exists. */
export function documentExists({ storage, id }: DocumentKey): Failure {
  return failure("already-exists", `Cannot create ${quote(id)} in ${storage}: it exists`);
}

/** documentChanged is the Failure of updating a revision other than the current one. */
export function documentChanged(
  { storage, id }: DocumentKey,
  present: number,
  asked: number,
): Failure {
  const message = `Cannot update ${quote(id)} in ${storage}: it is at ${present}, not ${asked}`;
  return failure("document-changed", message);
}
