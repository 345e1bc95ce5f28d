import type { InputRequest } from "../../client/index.ts";
import { answerOf } from "../answer.ts";
import { CommandFailure, ExitStatus, type Status, usage } from "../exit-status.ts";
import { idOf } from "../named-id.ts";
import { printedOperation } from "../output/operation-table.ts";
import { plainJson, plainText } from "../output/plain-text.ts";
import type { Add } from "../run.ts";
import type { Session } from "../session.ts";
import { readJsonArgument } from "../settings/json-argument.ts";

/** addInput is `kubecfg input ID [JSON]`. */
export const addInput: Add = (program, run) =>
  program
    .command("input")
    .description("answer what an operation asks; on a terminal without an answer, it is asked for")
    .argument("<id>", "whose question")
    .argument("[answer]", "JSON, - for standard input, or @FILE")
    .action(run(input));

async function input(session: Session, [name = "", given]: string[]): Promise<Status> {
  const { signal, stdin, printer, stdout } = session;
  const early =
    given === undefined ? undefined : await readJsonArgument("the answer", given, stdin);
  const client = await session.client();
  const id = await idOf(session, client, name);
  const answer = given === undefined ? await asked() : early;
  const operation = await client.input(id, answer, { signal });
  await printer.print(printedOperation(operation, stdout));
  return ExitStatus.ok;

  async function asked(): Promise<unknown> {
    const asking = await client.get(id, { signal });
    if (asking.status !== "input_required") {
      const message = `Operation ${id} has no question: it is ${asking.status}`;
      throw new CommandFailure(ExitStatus.failed, message);
    }
    const { inputRequest } = asking;
    if (stdin.isTerminal) return questioned(session, inputRequest);
    const schema = plainJson(inputRequest.schema, 0);
    throw usage(
      `Want an answer to ${JSON.stringify(inputRequest.message ?? "")}, as JSON that fits ${schema}: kubecfg input ${id} JSON`,
    );
  }
}

/** questioned asks on the terminal, in the way that suits the schema. */
async function questioned(
  { stderr, signal }: Session,
  { message, schema }: InputRequest,
): Promise<unknown> {
  // Here, since it takes longer to load than all the rest together.
  const { confirm, input: ask, select } = await import("@inquirer/prompts");
  const question = plainText(message ?? "What is the answer?");
  // Standard output is for what is printed.
  const context = { output: stderr.stream, signal };
  const { type, choices } = shapeOf(schema);
  if (choices) {
    const named = choices.map((value) => ({ name: plainText(textOf(value)), value }));
    return select({ message: question, choices: named }, context);
  }
  if (type === "boolean") return confirm({ message: question }, context);
  const validate = (line: string) => {
    const read = answerOf(line, schema);
    return read.ok || read.failure;
  };
  const hint = answerOf("a text", schema).ok ? "" : " (JSON)";
  const answer = answerOf(await ask({ message: `${question}${hint}`, validate }, context), schema);
  // What is wrong has not been let through.
  return answer.ok ? answer.value : undefined;
}

function shapeOf(schema: unknown): { type?: unknown; choices?: readonly unknown[] } {
  if (typeof schema !== "object" || schema === null) return {};
  const choices = "enum" in schema && Array.isArray(schema.enum) ? schema.enum : undefined;
  const type = "type" in schema ? schema.type : undefined;
  return { type, ...(choices && choices.length > 0 && { choices }) };
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
