import { quoted } from "../../base/shell-word.ts";
import {
  encodeJson,
  type KindDescription,
  type OperationsClient,
  RequestError,
} from "../../client/index.ts";
import { plainText } from "../output/plain-text.ts";
import type { Session } from "../session.ts";
import { askFor } from "./ask.ts";
import { needsInput } from "./needs-input.ts";

/** askKind asks on the terminal for one of the service's kinds. */
export async function askKind(session: Session, client: OperationsClient): Promise<string> {
  const kinds = await client.kinds({ signal: session.signal });
  const { select } = await import("@inquirer/prompts");
  return select(
    {
      message: "Kind",
      choices: kinds.map(({ kind, description }) => ({
        name: plainText(kind),
        value: kind,
        description: plainText(description),
      })),
    },
    { output: session.stderr.stream, signal: session.signal },
  );
}

/**
 * askInput asks on the terminal for the input of a kind that requires one, and then prints the command that does the
 * same without asking. It returns undefined for any other kind, for an unknown one, and if the token may not read the
 * kinds.
 */
export async function askInput(
  session: Session,
  client: OperationsClient,
  kind: string,
): Promise<{ readonly input: unknown } | undefined> {
  const known = await descriptionOf(session, client, kind);
  if (known === undefined || !needsInput(known.inputSchema)) return undefined;
  session.tell(`${kind} needs an input: ${known.description}`);
  const input = await askFor(session, "input", known.inputSchema);
  const given = quoted(encodeJson(input) ?? "null");
  session.tell(`The same without prompts: kubecfg create ${quoted(kind)} --input ${given}`);
  return { input };
}

async function descriptionOf(
  { signal }: Session,
  client: OperationsClient,
  kind: string,
): Promise<KindDescription | undefined> {
  try {
    const kinds = await client.kinds({ signal });
    return kinds.find((one) => one.kind === kind);
  } catch (thrown) {
    // A token may be allowed to write but not to read.
    if (thrown instanceof RequestError && thrown.status === 403) return undefined;
    throw thrown;
  }
}
