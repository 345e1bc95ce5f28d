import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type DevArguments, readDevArguments } from "./dev-arguments.ts";
import { endWithParent } from "./end-with-parent.ts";
import { firstSteps } from "./first-steps.ts";
import { ensureToken } from "./token.ts";
import { projectRoot, quiet, wranglerProgram } from "./wrangler.ts";

// npm start: wrangler dev, a token, and what to paste first. Arguments go to wrangler.
//
// Status 0 after Ctrl-C or SIGTERM, 1 when it cannot start, else wrangler's own.

try {
  const dev = readDevArguments(process.argv.slice(2));
  await checkFree(dev);
  const token = await tokenOf(dev);
  startWrangler(dev);
  await answering(`${dev.origin}/api/healthz`);
  console.log(firstSteps(dev.origin, token));
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exit(1);
}

async function tokenOf({ variables, envFile }: DevArguments): Promise<string | undefined> {
  const { TOKEN, TOKENS } = variables;
  if (TOKEN || TOKENS) return TOKEN;
  return ensureToken(path.resolve(projectRoot, envFile ?? ".dev.vars"));
}

function startWrangler({ all }: DevArguments): void {
  const wrangler = spawn(
    process.execPath,
    [wranglerProgram, "dev", "--show-interactive-dev-session=false", ...all],
    {
      cwd: projectRoot,
      env: { WRANGLER_LOG: "warn", ...process.env, ...quiet },
      stdio: ["ignore", "inherit", "inherit"],
    },
  );
  endWithParent(wrangler, "TERM");

  let stopped = false;
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => {
      stopped = true;
      wrangler.kill("SIGTERM");
    });
  }
  wrangler.on("exit", (status) => process.exit(stopped ? 0 : (status ?? 1)));
}

/** checkFree throws when the port is taken; wrangler's own complaint comes late and is long. */
async function checkFree({ ip, port }: DevArguments): Promise<void> {
  const server = createServer();
  server.listen({ port, host: ip === "*" ? "::" : ip });
  await once(server, "listening").catch((error: NodeJS.ErrnoException) => {
    throw error.code === "EADDRINUSE"
      ? new Error(`Port ${port} is in use; name another one: npm start -- --port ${port + 1}`)
      : error;
  });
  server.close();
  await once(server, "close");
}

/** answering resolves once `url` answers, whatever it says. */
async function answering(url: string): Promise<void> {
  while (!(await fetch(url).catch(() => undefined))) await sleep(100);
}
