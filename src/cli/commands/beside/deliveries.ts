import type { OperationsClient, WebhookDelivery } from "../../../client/index.ts";
import { ExitStatus, type Status } from "../../exit-status.ts";
import { idOf } from "../../named-id.ts";
import type { Screen } from "../../output/screen.ts";
import { type Column, table } from "../../output/table.ts";
import type { Session } from "../../session.ts";

/** deliveries is `kubecfg deliveries ID`. */
export function deliveries(session: Session, [name = ""]: string[]): Promise<Status> {
  return show(session, name, (client, id) => client.deliveries(id, { signal: session.signal }));
}

/** redeliver is `kubecfg redeliver ID`. */
export function redeliver(session: Session, [name = ""]: string[]): Promise<Status> {
  return show(session, name, (client, id) => client.redeliver(id, { signal: session.signal }));
}

async function show(
  session: Session,
  name: string,
  ask: (client: OperationsClient, id: string) => Promise<readonly WebhookDelivery[]>,
): Promise<Status> {
  const client = await session.client();
  const found = await ask(client, await idOf(session, client, name));
  const { printer, stdout } = session;
  await printer.print({
    value: { deliveries: found },
    ids: found.map(({ webhookId }) => webhookId),
    table: () => (found.length === 0 ? "" : deliveryTables(found, stdout)),
  });
  if (found.length === 0 && printer.format.name === "table") {
    session.tell("No deliveries: the operation has no webhook, or has not ended yet");
  }
  return ExitStatus.ok;
}

const columns: readonly Column[] = [
  { title: "WEBHOOK ID" },
  { title: "TARGET", shrinks: true },
  { title: "STATE" },
  { title: "TRIES" },
  { title: "NEXT TRY", isSpare: true },
];

const tryColumns: readonly Column[] = [
  { title: "TRIED AT" },
  { title: "TARGET", shrinks: true },
  { title: "ANSWER", shrinks: true },
];

/** deliveryTables returns a table of deliveries, and one of their tries if there are any. */
function deliveryTables(found: readonly WebhookDelivery[], screen: Screen): string {
  const rows = found.map(({ webhookId, target, state, tries, nextTryAt = "" }) => [
    webhookId,
    target,
    state,
    String(tries.length),
    nextTryAt,
  ]);
  const requests = found.flatMap(({ target, tries: made }) =>
    made.map(({ at, status, error }) => [at, target, status === undefined ? error : `${status}`]),
  );
  const first = table(columns, rows, screen);
  return requests.length === 0 ? first : `${first}\n\n${table(tryColumns, requests, screen)}`;
}
