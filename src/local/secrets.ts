import { randomBytes } from "node:crypto";
import { chmod, readFile, writeFile } from "node:fs/promises";
import { parseEnv } from "node:util";

/** How to generate each secret if it is missing in development; TOKENS contains only hashes, so it is not generated. */
const made = {
  TOKEN: () => randomBytes(24).toString("base64url"),
  TICKET_SECRET: () => randomBytes(32).toString("base64url"),
  WEBHOOK_SECRET: () => `whsec_${randomBytes(32).toString("base64")}`,
} as const;

/**
 * ensureSecrets returns the token in `file` (.dev.vars), after adding a token and secrets for tickets and webhooks if
 * they are missing. With only TOKENS, there is no token to return. Other lines are unchanged; only the owner may read
 * the file.
 *
 * @param elsewhere values from other places, which override the file
 */
export async function ensureSecrets(
  file: string,
  elsewhere: Readonly<Record<string, string | undefined>>,
): Promise<string | undefined> {
  const text = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return "";
    throw error;
  });
  const known = { ...parseEnv(text), ...elsewhere };
  const added = Object.entries(made)
    .filter(([name]) => !known[name] && !(name === "TOKEN" && known.TOKENS))
    .map(([name, make]) => [name, make()] as const);
  if (added.length > 0) {
    const lines = text === "" || text.endsWith("\n") ? text : `${text}\n`;
    const more = added.map(([name, value]) => `${name}=${value}\n`).join("");
    await writeFile(file, lines + more, { mode: 0o600 });
  }
  if (text !== "" || added.length > 0) await chmod(file, 0o600);
  return known.TOKEN || Object.fromEntries(added).TOKEN;
}
