import type { Argument, Command, Option } from "commander";

/** Place says what is expected at the cursor, as far as the words before it tell. */
export type Place =
  | { readonly type: "command"; readonly of: Command }
  | { readonly type: "option"; readonly of: Command }
  | { readonly type: "argument"; readonly of: Command; readonly argument: Argument }
  | {
      readonly type: "value";
      readonly of: Command;
      readonly option: Option;
      /** The part of the word that is the option itself: `--status=` if both are one word, otherwise empty. */
      readonly head: string;
    }
  | { readonly type: "nothing" };

/** Found is the place of the cursor, and the options and arguments given before it. */
export interface Found {
  readonly place: Place;
  /** Values of options, by their long names without dashes; of each option the last. */
  readonly given: Readonly<Record<string, string>>;
  readonly operands: readonly string[];
}

/**
 * placeOf finds what the last word is to be, reading the words before it as commander would.
 *
 * @param words those after `kubecfg`; the last is the one at the cursor, and may be empty
 */
export function placeOf(program: Command, words: readonly string[]): Found {
  const current = words.at(-1) ?? "";
  const given: Record<string, string> = {};
  const operands: string[] = [];
  let command = program;
  let open: Option | undefined;
  let isOver = false;
  for (const word of words.slice(0, -1)) {
    if (open) {
      given[nameOf(open)] = word;
      open = undefined;
    } else if (!isOver && word === "--") isOver = true;
    else if (!isOver && word.startsWith("-") && word !== "-") {
      const { option, value } = optionIn(command, word);
      if (option && takesValue(option) && value === undefined) open = option;
      else if (option) given[nameOf(option)] = value ?? "true";
    } else {
      const below = operands.length === 0 ? commandIn(command, word) : undefined;
      if (below) command = below;
      else operands.push(word);
    }
  }
  return { place: placeAt(), given, operands };

  function placeAt(): Place {
    if (open) return { type: "value", of: command, option: open, head: "" };
    if (!isOver && current.startsWith("-")) {
      const at = current.indexOf("=");
      if (at === -1) return { type: "option", of: command };
      const { option } = optionIn(command, current);
      return option && takesValue(option)
        ? { type: "value", of: command, option, head: current.slice(0, at + 1) }
        : { type: "nothing" };
    }
    if (operands.length === 0 && visible(command).length > 0) {
      return { type: "command", of: command };
    }
    const { registeredArguments } = command;
    const last = registeredArguments.at(-1);
    const argument = registeredArguments[operands.length] ?? (last?.variadic ? last : undefined);
    return argument ? { type: "argument", of: command, argument } : { type: "nothing" };
  }
}

/** visible returns the subcommands that help shows. */
export function visible(command: Command): readonly Command[] {
  return command.createHelp().visibleCommands(command);
}

/** nameOf returns the long name of an option, without dashes. */
export function nameOf(option: Option): string {
  return (option.long ?? option.short ?? "").replace(/^-+/, "");
}

function takesValue(option: Option): boolean {
  return option.required || option.optional;
}

function commandIn(command: Command, word: string): Command | undefined {
  return command.commands.find((one) => one.name() === word || one.aliases().includes(word));
}

/** The option that a word names, and the value that stands in the same word: `--limit=5`, `-l5`. */
function optionIn(command: Command, word: string): { option?: Option; value?: string } {
  const isLong = word.startsWith("--");
  const at = isLong ? word.indexOf("=") : -1;
  const name = isLong ? (at === -1 ? word : word.slice(0, at)) : word.slice(0, 2);
  const option = command.options.find(({ long, short }) => name === long || name === short);
  if (!option) return {};
  if (isLong) return at === -1 ? { option } : { option, value: word.slice(at + 1) };
  return word.length === 2 ? { option } : { option, value: word.slice(2) };
}
