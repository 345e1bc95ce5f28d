import type { KindDescription } from "../../client/index.ts";
import { ExitStatus, type Status, usage } from "../exit-status.ts";
import { unknownKind } from "../known-kinds.ts";
import { plainText } from "../output/plain-text.ts";
import { notesOf, proseOf, schemaText, typeText } from "../output/schema-text.ts";
import type { Screen } from "../output/screen.ts";
import type { Session } from "../session.ts";

/** explain is `kubecfg explain`. */
export async function explain(session: Session, [name = ""]: string[]): Promise<Status> {
  const { signal, printer, stdout } = session;
  const kinds = await (await session.client()).kinds({ signal });
  const found = kinds.find(({ kind }) => kind === name);
  if (found === undefined) {
    throw usage(
      unknownKind(
        name,
        kinds.map(({ kind }) => kind),
      ),
    );
  }
  await printer.print({ value: found, ids: [found.kind], table: () => explained(found, stdout) });
  return ExitStatus.ok;
}

/** explained returns a kind in the format of `kubectl explain`; it ends without a line break. */
export function explained(
  { kind, engine, description, inputSchema }: KindDescription,
  screen: Screen,
): string {
  const fields = schemaText(inputSchema, screen);
  return [
    `KIND:    ${plainText(kind)}`,
    `ENGINE:  ${engine === "external" ? "external (claimed by an outside worker)" : plainText(engine)}`,
    "",
    "DESCRIPTION:",
    ...proseOf(description, "    ", screen),
    "",
    `INPUT:   <${typeText(inputSchema)}>`,
    ...notesOf(inputSchema).map((note) => `    ${note}`),
    ...(fields === "" ? [] : ["", "FIELDS:", fields]),
  ].join("\n");
}
