import type { ChildProcess } from "node:child_process";
import path from "node:path";
import { convertV4MiniflareOptions, Miniflare } from "miniflare";
import { unstable_getMiniflareWorkerOptions, unstable_readConfig } from "wrangler";
import { bucketsOf, configuration, warnings } from "./configuration.ts";
import { followWorkerd } from "./workerd.ts";
import { projectRoot } from "./wrangler.ts";

/** RuntimeOptions are the options for serving the Worker. */
export interface RuntimeOptions {
  /** The address to listen on; others cannot reach loopback addresses. */
  readonly host: string;
  /** 0 means any free port. */
  readonly port: number;
  /** The port on this machine for DevTools. */
  readonly inspectorPort?: number;
  /** The directory of the objects' state, created if missing. */
  readonly state: string;
  /** The environment, which takes precedence over wrangler.toml. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Called with each line that the Worker or workerd writes. */
  readonly log: (line: string) => void;
  /** Called with each workerd as it is started: the first, and each replacement of one that died. */
  readonly started: (workerd: ChildProcess) => void;
  /** Called each time the replacement of a workerd that died is listening. */
  readonly restarted: () => void;
}

/** v8Flags is the variable of the environment in which Miniflare finds flags for V8, separated by spaces. */
const v8Flags = "MINIFLARE_WORKERD_V8_FLAGS";

/**
 * shortPauses makes V8 collect young garbage every 4 MiB. No request is answered during a collection, and about
 * half of its time goes into freeing the runtime's own objects, so a pause is as long as what came since the last one.
 * By default the pauses are several times as long (docs/benchmarks.md).
 */
const shortPauses = "--max-semi-space-size=4";

/**
 * startRuntime serves the module `script`, with the bindings and assets of wrangler.toml, on a workerd whose socket
 * leads directly to the Worker. Miniflare writes workerd's configuration (the objects on disk, the ASSETS binding) and
 * starts it, again if it dies, on the same port and with the same state; requests do not pass through it. Resolves with
 * the address.
 */
export async function startRuntime(script: string, options: RuntimeOptions): Promise<URL> {
  const configPath = path.join(projectRoot, "wrangler.toml");
  const config = unstable_readConfig({ config: configPath });
  const { modulesRules: _, ...workerOptions } =
    unstable_getMiniflareWorkerOptions(configPath).workerOptions;
  const name = config.name ?? "worker";
  const bindings = configuration(config.vars, options.environment);
  const buckets = bucketsOf(options.environment);
  for (const warning of warnings(bindings, workerOptions.r2Buckets ?? buckets.r2Buckets))
    options.log(warning);

  process.env[v8Flags] ??= shortPauses;
  followWorkerd(options.started);
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      cf: false,
      ...(options.inspectorPort !== undefined && { inspectorPort: options.inspectorPort }),
      logRequests: false,
      resourcePersistencePath: path.resolve(options.state),
      unsafeHandleRuntimeRestart: async () => options.restarted(),
      handleStructuredLogs: ({ message }) => options.log(message),
      workers: [
        {
          // The socket of a Worker with assets would lead through Miniflare's router, so this one, which has none,
          // provides the socket. Miniflare's own entry, on another loopback port, then leads to nothing else.
          name: "socket",
          modules: true,
          script: "export default { fetch: () => new Response(null, { status: 404 }) }",
          compatibilityDate: config.compatibility_date,
          unsafeDirectSockets: [{ host: options.host, port: options.port, serviceName: name }],
        },
        {
          ...workerOptions,
          ...buckets,
          name,
          modules: true,
          script,
          bindings,
          stripCfConnectingIp: false,
        },
      ],
    }),
  );
  return miniflare.unsafeGetDirectURL("socket");
}
