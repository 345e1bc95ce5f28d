import { ExitStatus, type Status } from "../../exit-status.ts";
import { plainText } from "../../output/plain-text.ts";
import type { Session } from "../../session.ts";

/** webhookSecret is `kubecfg webhook-secret`. */
export async function webhookSecret(session: Session): Promise<Status> {
  const client = await session.client();
  const { signal, printer } = session;
  const secrets = await client.webhookSecrets({ signal });
  await printer.print({
    value: { secrets },
    ids: [...secrets],
    table: () => secrets.map(plainText).join("\n"),
  });
  return ExitStatus.ok;
}
