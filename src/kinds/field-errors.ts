import type { FieldError } from "../core/errors.ts";

/** most is how many errors are told: an answer must not outgrow the request that it refuses. */
const most = 100;

/** Issue is one thing that is wrong with a value, as any Standard Schema tells it, and zod more. */
export interface Issue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
  readonly code?: string | undefined;
  readonly keys?: readonly string[];
  readonly issues?: readonly Issue[];
}

/**
 * fieldErrors turns a schema's issues into what is wrong and where, the first hundred of them. An
 * unknown field is named itself, not the object that it stands in.
 */
export function fieldErrors(
  issues: readonly Issue[],
  prefix: readonly PropertyKey[] = [],
): FieldError[] {
  const found = issues.flatMap((issue): FieldError[] => {
    const path = [...prefix, ...(issue.path ?? []).map(keyOf)];
    if (issue.code === "unrecognized_keys") {
      return (issue.keys ?? []).map((key) => ({
        path: pathText([...path, key]),
        message: "unknown field",
      }));
    }
    if (issue.code === "invalid_key") {
      return (issue.issues ?? []).map(({ message }) => ({ path: pathText(path), message }));
    }
    return [{ path: pathText(path), message: issue.message }];
  });
  return found.slice(0, most);
}

function keyOf(part: PropertyKey | { readonly key: PropertyKey }): PropertyKey {
  return typeof part === "object" ? part.key : part;
}

/** A path as a client would write it: `labels.customer`, `items[2].name`; bounded in length. */
function pathText(path: readonly PropertyKey[]): string {
  let text = "";
  for (const key of path) {
    if (typeof key === "number") text += `[${key}]`;
    else text += text === "" ? String(key) : `.${String(key)}`;
  }
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}
