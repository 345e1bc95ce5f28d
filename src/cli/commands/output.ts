import type { Command } from "commander";
import { decodeOutputPlace } from "../../core/output.ts";
import { ExitStatus, type Status, usage } from "../exit-status.ts";
import { outcome } from "../follow.ts";
import { idOf } from "../named-id.ts";
import { plainLines } from "../output/plain-text.ts";
import type { Session } from "../session.ts";

interface OutputFlags {
  readonly follow?: boolean;
  readonly after?: string;
}

/** output is `kubecfg output`. */
export async function output(
  session: Session,
  [name = ""]: string[],
  command: Command,
): Promise<Status> {
  const flags: OutputFlags = command.opts();
  if (flags.after !== undefined && !decodeOutputPlace(flags.after)) {
    throw usage(`Invalid --after ${JSON.stringify(flags.after)}: must be a number of bytes`);
  }
  const client = await session.client();
  const { stdout } = session;
  const id = await idOf(session, client, name);
  const { signal } = session;
  const { follow = false, after } = flags;
  let isLineOpen = false;
  for await (const { offset, text, bytes, isReset } of client.output(id, {
    follow,
    after,
    signal,
  })) {
    if (isReset) session.tell(`Another attempt is writing the output again from byte ${offset} on`);
    else if (stdout.isTerminal) {
      await stdout.write(plainLines(text));
      isLineOpen = !text.endsWith("\n");
    } else await stdout.write(bytes);
  }
  if (isLineOpen) await stdout.write("\n");
  if (!follow) return ExitStatus.ok;
  return outcome(session, await client.get(id, { signal }));
}
