import { type Field, fieldOf, formOf, readField } from "../../base/schema-fields.ts";
import { encodeJson } from "../../client/index.ts";
import { plainText } from "../output/plain-text.ts";
import type { Session } from "../session.ts";
import { answerOf } from "./answer.ts";

/** deepest is how many nested objects are asked for member by member; below that, JSON is asked for. */
const deepest = 4;

/**
 * askFor asks on the terminal for a value that fits a JSON schema, with a prompt that suits it: a choice, yes or no, a
 * line, or each member of an object in turn. For optional members, the user first chooses which to give. Anything else
 * is checked by the service.
 *
 * @param question for people, from anybody: it is made plain
 */
export async function askFor(
  session: Session,
  question: string,
  schema: unknown,
): Promise<unknown> {
  return ask(session, fieldOf("", schema, true), question, deepest);
}

async function ask(
  session: Session,
  field: Field,
  question: string,
  depth: number,
): Promise<unknown> {
  const form = formOf(field.schema);
  if (form.type === "fields" && form.fields.length > 0 && depth > 0) {
    return members(session, form.fields, field.name, depth);
  }
  // Here, since it takes longer to load than everything else together.
  const { confirm, input, select } = await import("@inquirer/prompts");
  const { choices, type } = field;
  // Standard output is for the command's output.
  const context = { output: session.stderr.stream, signal: session.signal };
  const message = plainText(question);
  if (choices.length === 2 && choices.every((choice) => /^(true|false)$/.test(choice))) {
    return confirm({ message, default: field.byDefault !== "false" }, context);
  }
  if (choices.length > 0) {
    const named = choices.map((text) => ({ name: plainText(wordOf(text)), value: text }));
    return JSON.parse(await select({ message, choices: named }, context));
  }
  const read = (line: string) =>
    type === "number" || type === "integer" ? readField(field, line) : answerOf(line, field.schema);
  const hint = read("a text").ok || type !== "json" ? "" : " (JSON)";
  const validate = (line: string) => {
    const value = read(line);
    return value.ok ? (wrongText(value.value, field.schema) ?? true) : capital(value.failure);
  };
  const answer = read(await input({ message: `${message}${hint}`, validate }, context));
  // Invalid answers have not been accepted.
  return answer.ok ? answer.value : undefined;
}

/** Asks for the members of an object: the required ones, then those of the others that are chosen. */
async function members(
  session: Session,
  fields: readonly Field[],
  path: string,
  depth: number,
): Promise<Record<string, unknown>> {
  const given: [string, unknown][] = [];
  const take = async (field: Field) => {
    const name = path === "" ? field.name : `${path}.${field.name}`;
    const question = field.description === undefined ? name : `${name} (${field.description})`;
    given.push([field.name, await ask(session, { ...field, name }, question, depth - 1)]);
  };
  for (const field of fields) if (field.isRequired) await take(field);
  const optional = fields.filter(({ isRequired }) => !isRequired);
  for (const field of await chosenOf(session, optional, path)) await take(field);
  return Object.fromEntries(given);
}

/** Asks which optional members to give. */
async function chosenOf(
  { stderr, signal }: Session,
  optional: readonly Field[],
  path: string,
): Promise<readonly Field[]> {
  if (optional.length === 0) return [];
  const { checkbox } = await import("@inquirer/prompts");
  const question = "Which optional fields to set?";
  return checkbox(
    {
      message: plainText(path === "" ? question : `${path}: ${question}`),
      choices: optional.map((field) => ({ name: plainText(offerOf(field)), value: field })),
      theme: { style: { renderSelectedChoices: namesOf } },
    },
    { output: stderr.stream, signal },
  );
}

function namesOf(chosen: readonly { readonly value: unknown }[]): string {
  const names = chosen.map(({ value }) => (value as Field).name);
  return names.length === 0 ? "none" : plainText(names.join(", "));
}

function offerOf({ name, description, byDefault }: Field): string {
  const parts = [description, byDefault === undefined ? undefined : `default ${byDefault}`];
  const more = parts.filter((part) => part !== undefined).join("; ");
  return more === "" ? name : `${name} (${more})`;
}

/** Returns what is wrong with a text, as far as the numbers in its schema say. */
function wrongText(value: unknown, schema: unknown): string | undefined {
  if (typeof value !== "string" || typeof schema !== "object" || schema === null) return undefined;
  const { minLength, maxLength } = schema as { minLength?: unknown; maxLength?: unknown };
  const length = [...value].length;
  if (typeof minLength === "number" && length < minLength) {
    return length === 0 ? "Enter some text" : `Enter at least ${minLength} characters`;
  }
  if (typeof maxLength === "number" && length > maxLength) {
    return `Enter at most ${maxLength} characters`;
  }
  return undefined;
}

function capital(text: string): string {
  return text.startsWith("is ") ? `It ${text}` : text;
}

/** A choice is JSON; texts are shown without quotes. */
function wordOf(json: string): string {
  const value: unknown = JSON.parse(json);
  return typeof value === "string" && value !== "" ? value : (encodeJson(value) ?? json);
}
