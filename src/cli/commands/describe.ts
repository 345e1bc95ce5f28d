import { each } from "../each.ts";
import type { Status } from "../exit-status.ts";
import { description } from "../output/description.ts";
import type { Session } from "../session.ts";

/** describe is `kubecfg describe`. */
export async function describe(session: Session, given: string[]): Promise<Status> {
  const client = await session.client();
  const { signal, printer, stdout } = session;
  const { found, status, isOne } = await each(session, client, given, async (id) => {
    const [operation, attempts] = await Promise.all([
      client.get(id, { signal }),
      client.attempts(id, { signal }),
    ]);
    return { operation, attempts };
  });
  const [first] = found;
  await printer.print({
    value: isOne && first ? first : { operations: found },
    ids: found.map(({ operation }) => operation.id),
    table: () =>
      found.map(({ operation, attempts }) => description(operation, attempts, stdout)).join("\n\n"),
  });
  return status;
}
