import { randomBytes } from "node:crypto";
import { chmod, readFile, writeFile } from "node:fs/promises";
import { parseEnv } from "node:util";

/**
 * ensureToken answers the token that wrangler will find in `file` (.dev.vars), after making one if
 * the file has neither TOKEN nor TOKENS. With TOKENS alone, which holds no token but only hashes,
 * it answers undefined. Other lines stay as they are; a file that it writes is for its owner only.
 */
export async function ensureToken(file: string): Promise<string | undefined> {
  const text = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return "";
    throw error;
  });
  const { TOKEN, TOKENS } = parseEnv(text);
  if (TOKEN) return TOKEN;
  if (TOKENS) return undefined;

  const token = randomBytes(24).toString("base64url");
  const lines = text === "" || text.endsWith("\n") ? text : `${text}\n`;
  await writeFile(file, `${lines}TOKEN=${token}\n`, { mode: 0o600 });
  await chmod(file, 0o600);
  return token;
}
