import { readFileSync } from "node:fs";
import path from "node:path";
import { sourceFiles, treeOf } from "./imports.ts";

/** What a field is read of: `headers`, or what stands for those of a request. */
const holders = ["headers", "asked"];

/** fieldsReadUnder returns the header fields that files under `root` read by name, in lower case. */
export function fieldsReadUnder(root: string, isRead: (file: string) => boolean): string[] {
  const names = sourceFiles(root)
    .filter(isRead)
    .flatMap((file) => [...fieldsIn(treeOf(file, readFileSync(path.join(root, file), "utf8")))]);
  return [...new Set(names)];
}

interface Call {
  readonly type?: string;
  readonly callee?: {
    readonly object?: { readonly name?: string; readonly property?: { readonly name?: string } };
    readonly property?: { readonly name?: string };
  };
  readonly arguments?: readonly { readonly value?: unknown }[];
}

/** The names in calls such as `request.headers.get("prefer")`. */
function* fieldsIn(node: unknown): Iterable<string> {
  if (typeof node !== "object" || node === null) return;
  const { type, callee, arguments: given } = node as Call;
  const holder = callee?.object?.property?.name ?? callee?.object?.name ?? "";
  const isRead = callee?.property?.name === "get" || callee?.property?.name === "has";
  const name = given?.[0]?.value;
  if (type === "CallExpression" && isRead && holders.includes(holder) && typeof name === "string") {
    yield name.toLowerCase();
  }
  for (const child of Object.values(node)) yield* fieldsIn(child);
}
