import { type Failure, failure, quote } from "./errors.ts";

/** DocumentKey identifies a document: a JSON object that a tenant stores beside its operations. */
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
        /** A JSON object as text, without stamps; it becomes the operation's result, with them. */
        readonly document: string;
        /** For an update: the revision that the document must be at; without it, any. */
        readonly revision?: number | undefined;
      }
    | {
        readonly verb: "delete";
        /** What the operation's result says, as JSON text. */
        readonly result: string;
      }
  );

/** Requirement is one condition on a label; a document without the label has it as the empty text. */
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
  /** Whether a page may be empty and not the last, so that it looks at a bounded number of documents. */
  readonly mayBeEmpty?: true;
}

/** DocumentPage is one page, as JSON texts, and the id to go on after if there may be more. */
export interface DocumentPage {
  readonly documents: readonly string[];
  readonly next?: string;
}

/**
 * stamped writes into a document what only its store knows. A document that is changed keeps its
 * time of creation; its revision grows with each change of anything in the object.
 *
 * @param document the text of a JSON object with at least one member and without these
 * @param createdAt milliseconds since 1970, told in whole seconds
 */
export function stamped(document: string, createdAt: number, revision: number): string {
  const time = new Date(createdAt).toISOString().replace(/\.\d+Z/, "Z");
  const stamps = `"creationTimestamp":"${time}","resourceVersion":${revision}`;
  return `${document.slice(0, -1)},${stamps}}`;
}

const stamps = /,"creationTimestamp":"[^"]*","resourceVersion":\d+\}$/;

/** unstamped is the document that `stamped` made this of; undefined for what it did not make. */
export function unstamped(doc: string): string | undefined {
  return stamps.test(doc) ? doc.replace(stamps, "}") : undefined;
}

/** MovedDocument is a document as it goes from one deployment to another, where it gets another revision. */
export interface MovedDocument extends DocumentKey {
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  /** JSON text, without stamps. */
  readonly document: string;
}

/** MovedDocumentPage is some of them, and whether there are others behind the last. */
export interface MovedDocumentPage {
  /** One that is damaged comes without its text. */
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
