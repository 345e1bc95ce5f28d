import type { Argument, Command, Option } from "commander";
import { type Status, statuses } from "../../core/operation/operation.ts";
import { formats } from "../output/format.ts";
import { scopes } from "../settings/scopes.ts";
import { type Found, nameOf, visible } from "./place.ts";

/** Candidate is a word that may be at the cursor, and its description. */
export interface Candidate {
  readonly word: string;
  readonly says: string;
}

/** shells are those with a completion script. */
export const shells = ["bash", "zsh", "fish", "powershell"] as const;

/** Source says where candidates come from: fixed words, the service, saved settings, files, or nowhere. */
export type Source =
  | { readonly from: "words"; readonly words: readonly Candidate[] }
  | { readonly from: "kinds" | "labels" | "contexts" | "files" | "nowhere" }
  /** IDs of operations in one of these statuses; in any, if there are none. */
  | { readonly from: "ids"; readonly statuses: readonly Status[] };

/** separated lists options that take several values separated by commas. */
export const separated: ReadonlySet<string> = new Set(["status", "kind", "scope", "label"]);

const nowhere: Source = { from: "nowhere" };
const unfinished = ["pending", "running", "input_required"] as const;
const finished = ["succeeded", "failed", "canceled"] as const;

/** The operations that a command can do something with. */
const statusesOf: Readonly<Record<string, readonly Status[]>> = {
  cancel: unfinished,
  wait: unfinished,
  watch: unfinished,
  input: ["input_required"],
  delete: finished,
  rerun: finished,
  redeliver: finished,
  result: ["succeeded", ...unfinished],
};

/** sourceOf returns where the candidates for the word at the cursor come from. */
export function sourceOf({ place }: Found): Source {
  switch (place.type) {
    case "command":
      return wordsOf(visible(place.of).map((one) => [one.name(), one.description()]));
    case "option":
      return optionsOf(place.of);
    case "argument":
      return sourceOfArgument(place.of, place.argument);
    case "value":
      return sourceOfValue(place.of, place.option);
    default:
      return nowhere;
  }
}

function optionsOf(command: Command): Source {
  const options = command.createHelp().visibleOptions(command);
  return wordsOf(
    options.flatMap(({ long, short, description }) =>
      [long, long ? undefined : short].flatMap((name) => (name ? [[name, description]] : [])),
    ),
  );
}

function sourceOfArgument(command: Command, argument: Argument): Source {
  switch (argument.name()) {
    case "id":
      return { from: "ids", statuses: statusesOf[command.name()] ?? [] };
    case "kind":
      return { from: "kinds" };
    case "context":
      return { from: "contexts" };
    case "shell":
      return wordsOf(shells.map((shell) => [shell, ""]));
    case "file":
      return { from: "files" };
    default:
      return nowhere;
  }
}

/** What options take, by their names; only the user knows the values of others. */
function sourceOfValue(command: Command, option: Option): Source {
  switch (nameOf(option)) {
    case "output":
      // The -o of result is a file.
      if (command.name() === "result") return { from: "files" };
      return wordsOf(formats.map((format) => [format.replace(/TEMPLATE$/, ""), ""]));
    case "status":
      return wordsOf(statuses.map((status) => [status, ""]));
    case "scope":
      return wordsOf(scopes.map((scope) => [scope, ""]));
    case "order":
      return wordsOf([
        ["asc", "oldest first"],
        ["desc", "newest first"],
      ]);
    case "kind":
      return { from: "kinds" };
    case "label":
      return { from: "labels" };
    case "context":
      return { from: "contexts" };
    case "www":
      return { from: "files" };
    default:
      return nowhere;
  }
}

function wordsOf(
  words: readonly (readonly [word: string, says: string] | readonly string[])[],
): Source {
  return { from: "words", words: words.map(([word = "", says = ""]) => ({ word, says })) };
}
