import * as z from "zod/mini";
import { encodeJson } from "../../base/json-text.ts";
import { failed, ok, type Result } from "../../base/result.ts";
import { type Failure, failure, invalid, invalidField, quote } from "../../core/errors.ts";
import type { Json } from "../../core/json/json.ts";
import { maxDocument } from "../../core/limits.ts";
import { fieldErrors } from "../../kinds/field-errors.ts";
import { inEnglish } from "../../kinds/of-zod-mini.ts";
import type { Storage } from "./storages.ts";

const wantId =
  "must be 1 to 253 letters, digits, dots, dashes and underscores, with a letter or digit at both ends";

/** What every document has; the rest is its own. */
const schema = inEnglish(
  z.looseObject({
    kind: z.optional(z.string()),
    id: z.string().check(z.regex(/^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,251}[A-Za-z0-9])?$/, wantId)),
    labels: z.nullish(z.record(z.string(), z.string())),
    resourceVersion: z.nullish(z.int().check(z.gte(0))),
  }),
);

/** DecodedDocument is a document from a client: its name, and what to store. */
export interface DecodedDocument {
  readonly id: string;
  /** JSON text, with its selfLink and without the store's stamps. */
  readonly document: string;
  /** The revision that its sender saw, if it says so; clients of 2014 write 0 for none. */
  readonly revision?: number;
}

/**
 * decodeDocument reads the body of a create or an update. Its kind may be left out, and is then the storage's; members
 * that only the store decides are dropped.
 *
 * @param base the path of the API
 * @param id its name in the path, for an update
 */
export function decodeDocument(
  storage: Storage,
  body: Json,
  base: string,
  id?: string,
): Result<DecodedDocument, Failure> {
  const parsed = schema.safeParse(body.value);
  if (!parsed.success) return failed(invalid(fieldErrors(parsed.error.issues)));
  const { id: ownId, kind, resourceVersion } = parsed.data;
  if (kind !== undefined && kind !== "" && kind !== storage.kind) {
    return invalidField("kind", `must be ${storage.kind}, not ${quote(kind)}`);
  }
  if (id !== undefined && ownId !== id) {
    return invalidField("id", `must be ${quote(id)}, as in the path, not ${quote(ownId)}`);
  }
  const selfLink = `${base}/v1beta1/${storage.name}/${ownId}`;
  const document = encodeJson({ kind: storage.kind, ...ownOf(body), selfLink }) ?? "";
  if (document.length > maxDocument) {
    const message = `The document is larger than ${maxDocument} characters of JSON`;
    return failed(failure("payload-too-large", message));
  }
  const isKnown = typeof resourceVersion === "number" && resourceVersion > 0;
  return ok({ id: ownId, document, ...(isKnown && { revision: resourceVersion }) });
}

/** The members of a document that neither this wire nor its store decides, with exact numbers. */
function ownOf({ exact }: Json): object {
  const { kind, resourceVersion, creationTimestamp, selfLink, ...own } = exact as Record<
    string,
    unknown
  >;
  return own;
}
