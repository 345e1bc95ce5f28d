import { type Field, fieldOf, formOf, readField } from "../../base/schema-fields.ts";
import { encodeJson } from "../../client/index.ts";
import { plainText } from "../output/plain-text.ts";
import type { Session } from "../session.ts";
import { answerOf } from "./answer.ts";

/** deepest is how many objects within objects are asked for member by member; JSON is asked for below. */
const deepest = 4;

/**
 * askFor asks on the terminal for a value that fits a JSON schema, in the way that suits it: one of a
 * few to choose, yes or no, a line, or each member of an object by itself. Of members that need not be
 * there one chooses first which to give. What the service checks beyond that, it checks.
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
  // Here, since it takes longer to load than all the rest together.
  const { confirm, input, select } = await import("@inquirer/prompts");
  const { choices, type } = field;
  // Standard output is for what is printed.
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
  // What is wrong has not been let through.
  return answer.ok ? answer.value : undefined;
}

/** Asks for the members of an object: those that it needs, then those that are chosen of the others. */
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

/** Asks which of the members that need not be there are to be. */
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

/** What is wrong with a text, as far as its schema says it in numbers. */
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

/** A choice is JSON; of a text the quotes are left out. */
function wordOf(json: string): string {
  const value: unknown = JSON.parse(json);
  return typeof value === "string" && value !== "" ? value : (encodeJson(value) ?? json);
}
