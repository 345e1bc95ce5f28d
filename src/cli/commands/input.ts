import { CommandFailure, ExitStatus, type Status, usage } from "../exit-status.ts";
import { idOf } from "../named-id.ts";
import { printedOperation } from "../output/operation-table.ts";
import { plainJson } from "../output/plain-text.ts";
import { askFor } from "../prompts/ask.ts";
import type { Session } from "../session.ts";
import { readJsonArgument } from "../settings/json-argument.ts";

/** input is `kubecfg input`. */
export async function input(session: Session, [name = "", given]: string[]): Promise<Status> {
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
    if (session.isInteractive) {
      const { message = "What is the answer?", schema } = inputRequest;
      return askFor(session, message, schema);
    }
    const schema = plainJson(inputRequest.schema, 0);
    throw usage(
      `Missing the answer to ${JSON.stringify(inputRequest.message ?? "")}, as JSON that fits ${schema}: run kubecfg input ${id} JSON`,
    );
  }
}
