import { usage } from "../exit-status.ts";
import type { Template } from "./template.ts";

/** Format is how output is written: the value of `-o`. */
export type Format =
  | { readonly name: "table" | "json" | "yaml" | "id" }
  | { readonly name: "jsonpath"; readonly template: Template };

/** formats lists the values of `-o`, for help. */
export const formats = ["table", "json", "yaml", "id", "jsonpath=TEMPLATE"];

const jsonpath = "jsonpath=";

/**
 * checkFormat refuses an `-o` that names no format; templates are parsed by formatOf.
 *
 * @throws CommandFailure for anything that is not one of the formats
 */
export function checkFormat(text: string): void {
  const isFormat = formats.includes(text) || text.startsWith(jsonpath);
  if (isFormat && text !== formats.at(-1)) return;
  throw usage(
    `Invalid output format ${JSON.stringify(text)}: must be one of ${formats.join(", ")}`,
  );
}

/**
 * formatOf reads `-o`. The parser of templates is loaded only if there is a template.
 *
 * @throws CommandFailure as checkFormat does, and for a template that cannot be parsed
 */
export async function formatOf(text = "table"): Promise<Format> {
  checkFormat(text);
  if (text.startsWith(jsonpath)) {
    const { parseTemplate } = await import("./template.ts");
    return { name: "jsonpath", template: parseTemplate(text.slice(jsonpath.length)) };
  }
  return { name: text as "table" | "json" | "yaml" | "id" };
}
