import { createHash, randomBytes } from "node:crypto";
import type { Command } from "commander";
import { ExitStatus, type Status, usage } from "../../exit-status.ts";
import { table } from "../../output/table.ts";
import type { Session } from "../../session.ts";
import { wordsOf } from "../../settings/arguments.ts";
import { scopes } from "../../settings/scopes.ts";

/** tenantName is the pattern of tenants' names, as the service reads them in TOKENS. */
const tenantName = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$/;

interface TokenFlags {
  readonly tenant: string;
  readonly scope?: readonly string[];
}

/** newToken is `kubecfg token new`. */
export async function newToken(session: Session, _: string[], command: Command): Promise<Status> {
  const flags: TokenFlags = command.opts();
  const { tenant } = flags;
  if (!tenantName.test(tenant)) {
    throw usage("Invalid --tenant: must be at most 63 letters, digits, _, . and -");
  }
  const wanted = [...new Set(wordsOf(flags.scope ?? ["read,write"]))];
  const wrong = wanted.find((scope) => !scopes.some((known) => known === scope));
  if (wrong !== undefined || wanted.length === 0) {
    throw usage(
      `Invalid --scope ${JSON.stringify(wrong ?? "")}: must be one of ${scopes.join(", ")}`,
    );
  }
  const token = randomBytes(32).toString("base64url");
  const hash = createHash("sha256").update(token).digest("hex");
  const entry = { [hash]: { tenant, scopes: wanted } };
  const { printer, stdout } = session;
  await printer.print({
    value: { token, TOKENS: entry },
    ids: [token],
    table: () => {
      const columns = [{ title: "TOKEN" }, { title: "TENANT" }, { title: "SCOPES" }];
      // The entry is to be copied whole, so it is outside the table.
      const head = table(columns, [[token, tenant, wanted.join(",")]], stdout);
      return `${head}\n\nTOKENS=${JSON.stringify(entry)}`;
    },
  });
  if (printer.format.name === "table") {
    session.tell("The token is not stored anywhere: save it now, and add the entry to TOKENS");
  }
  return ExitStatus.ok;
}
