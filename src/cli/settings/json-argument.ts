import { readFile } from "node:fs/promises";
import { readExact } from "../../base/exact-json.ts";
import { errorOf } from "../../base/log.ts";
import { usage } from "../exit-status.ts";
import type { StandardInput } from "./standard-input.ts";

/**
 * readJsonArgument reads JSON from an argument: the JSON itself, `-` for standard input, or `@FILE`.
 *
 * Numbers that a double cannot represent are kept as they are written, each as a JsonText.
 *
 * @param name what the user calls it, such as `--input`
 * @throws CommandFailure for what cannot be read, or is not JSON
 */
export async function readJsonArgument(
  name: string,
  given: string,
  stdin: StandardInput,
): Promise<unknown> {
  const text = await textOf(name, given, stdin);
  try {
    return readExact(text);
  } catch (thrown) {
    const why = errorOf(thrown).message;
    // A word or a path that was meant as a string.
    const isBare = /^\s*[^\s{["]/.test(text);
    const hint = isBare ? `. A string needs its own quotes: '"yes"'` : "";
    throw usage(`Cannot read ${name} as JSON: ${why}${hint}`);
  }
}

async function textOf(name: string, given: string, stdin: StandardInput): Promise<string> {
  if (given === "-") return stdin.text(`${name} -`);
  if (!given.startsWith("@")) return given;
  try {
    return await readFile(given.slice(1), "utf8");
  } catch {
    throw usage(
      `Cannot read ${name} from ${given.slice(1)}: check that the file exists and is readable`,
    );
  }
}
