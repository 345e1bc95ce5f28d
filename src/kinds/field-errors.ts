import type { FieldError } from "../core/errors.ts";

/** most is how many errors are reported: a response must not outgrow the request that it refuses. */
const most = 100;

/** Issue is one problem with a value, as reported by any Standard Schema; some members are zod's. */
export interface Issue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
  readonly code?: string | undefined;
  readonly keys?: readonly string[];
  readonly issues?: readonly Issue[];
}

/**
 * fieldErrors converts a schema's issues to field errors, at most 100. An unknown field is reported by its own path,
 * not that of its object.
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

/** A path as a client would write it: `labels.customer`, `items[2].name`; its length is limited. */
function pathText(path: readonly PropertyKey[]): string {
  let text = "";
  for (const key of path) {
    if (typeof key === "number") text += `[${key}]`;
    else text += text === "" ? String(key) : `.${String(key)}`;
  }
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}
