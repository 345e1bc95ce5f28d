import { ExitStatus, type Status } from "../../exit-status.ts";
import { table } from "../../output/table.ts";
import type { Session } from "../../session.ts";
import {
  contextNamed,
  contextsPath,
  readContexts,
  saveContexts,
  withoutContext,
} from "../../settings/contexts.ts";
import { nonEmpty } from "../../settings/settings.ts";

/** logout is `kubecfg logout`. */
export async function logout(session: Session): Promise<Status> {
  const { printer, stdout, options, env } = session;
  const file = contextsPath();
  const contexts = await readContexts((text) => session.tell(text));
  const named = options.context ?? nonEmpty(env.KUBECFG_CONTEXT);
  const context = named ?? contexts.current;
  if (named !== undefined) contextNamed(contexts, named);
  const removed = context !== undefined && Object.hasOwn(contexts.contexts, context);
  if (removed) await saveContexts(withoutContext(contexts, context));
  await printer.print({
    value: { context, file, removed },
    ids: removed ? [context] : [],
    table: () =>
      table(
        [{ title: "REMOVED" }, { title: "CONTEXT" }, { title: "FILE" }],
        [[removed ? "yes" : "no", context ?? "", file]],
        stdout,
      ),
  });
  return ExitStatus.ok;
}
