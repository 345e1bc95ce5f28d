import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import path from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { errorOf } from "../base/log.ts";
import { refreshKubecfg } from "./build/package.ts";
import { configuration, type Variables } from "./configuration.ts";
import { type DevArguments, readDevArguments } from "./dev-arguments.ts";
import { DevOutput } from "./dev-output.ts";
import { endWithParent } from "./end-with-parent.ts";
import { firstSteps } from "./first-steps.ts";
import { isLoopbackHost } from "./loopback-host.ts";
import { keepPrivate } from "./private-files.ts";
import { ensureSecrets } from "./secrets.ts";
import { upstreamsIn } from "./upstreams-in.ts";
import { writeVariables } from "./variables-file.ts";
import { projectRoot, quiet, wranglerProgram } from "./wrangler.ts";

// npm start: wrangler dev, a token, and commands to try. Arguments are passed to wrangler. The configuration comes from
// .dev.vars, overridden by the environment, as for npm run serve.
//
// Status 0 after Ctrl-C or SIGTERM, 1 if it cannot start, otherwise wrangler's own.

try {
  const dev = readDevArguments(process.argv.slice(2));
  await checkFree(dev);
  const variables = variablesOf(dev);
  const secrets = path.resolve(projectRoot, filesOf(dev).at(-1) ?? "");
  const token = await ensureSecrets(secrets, { ...variables, ...dev.variables });
  await keepPrivate(dev.state ?? path.join(projectRoot, ".wrangler/state"));
  startWrangler(dev, variables);
  // The commands printed next use it.
  await Promise.all([answering(`${dev.origin}/api/healthz`), refreshed()]);
  console.log(firstSteps(dev.origin, token));
} catch (error) {
  console.error(errorOf(error).message);
  process.exit(1);
}

/**
 * The variables in the environment, and UPSTREAMS from any source; on a loopback address DEVELOPMENT is true, unless it
 * is set.
 */
function variablesOf(dev: DevArguments): Variables {
  const { UPSTREAMS = process.env.UPSTREAMS ?? upstreamsIn(filesOf(dev)) } = dev.variables;
  const variables = configuration({}, { ...process.env, UPSTREAMS });
  return isLoopbackHost(dev.ip) ? { DEVELOPMENT: "true", ...variables } : variables;
}

/** The files that wrangler reads variables from; the last one wins. */
function filesOf({ envFiles }: DevArguments): readonly string[] {
  return envFiles.length > 0 ? envFiles : [".dev.vars"];
}

function startWrangler({ all, envFiles }: DevArguments, variables: Variables): void {
  const files = [...(envFiles.length > 0 ? [] : [".dev.vars"]), writeVariables(variables)];
  const wrangler = spawn(
    process.execPath,
    [
      ...[wranglerProgram, "dev", "--show-interactive-dev-session=false", ...all],
      ...files.flatMap((file) => ["--env-file", file]),
    ],
    {
      cwd: projectRoot,
      env: { FORCE_COLOR: process.stdout.isTTY ? "1" : "0", ...process.env, ...quiet },
      stdio: ["ignore", "pipe", "inherit"],
    },
  );
  const output = new DevOutput();
  const isShown =
    process.env.WRANGLER_LOG !== undefined ||
    all.some((argument) => argument.startsWith("--log-level"));
  createInterface({ input: wrangler.stdout }).on("line", (line) => {
    const shown = isShown ? line : output.shown(line);
    if (shown !== undefined) console.log(shown);
  });
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

/** If kubecfg cannot be rebuilt, the old one is used. */
async function refreshed(): Promise<void> {
  await refreshKubecfg().catch((error: unknown) => {
    console.error(`Cannot rebuild kubecfg: ${errorOf(error).message}`);
  });
}

/** checkFree throws if the port is in use; wrangler's own error is late and long. */
async function checkFree({ ip, port }: DevArguments): Promise<void> {
  const server = createServer();
  server.listen({ port, host: ip === "*" ? "::" : ip });
  await once(server, "listening").catch((error: NodeJS.ErrnoException) => {
    throw error.code === "EADDRINUSE"
      ? new Error(`Port ${port} is in use; choose another: npm start -- --port ${port + 1}`)
      : error;
  });
  server.close();
  await once(server, "close");
}

/** answering resolves when `url` responds, with any status. */
async function answering(url: string): Promise<void> {
  while (!(await fetch(url).catch(() => undefined))) await sleep(100);
}
