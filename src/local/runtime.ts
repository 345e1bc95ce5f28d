import type { ChildProcess } from "node:child_process";
import path from "node:path";
import { convertV4MiniflareOptions, Miniflare } from "miniflare";
import { unstable_getMiniflareWorkerOptions, unstable_readConfig } from "wrangler";
import { bucketsOf, configuration, warnings } from "./configuration.ts";
import { followWorkerd } from "./workerd.ts";
import { projectRoot } from "./wrangler.ts";

/** RuntimeOptions say where and with what the Worker is served. */
export interface RuntimeOptions {
  /** The address to listen on; only the loopback ones keep others out. */
  readonly host: string;
  /** 0 takes a free port. */
  readonly port: number;
  /** Where DevTools may look into the Worker, on this machine alone. */
  readonly inspectorPort?: number;
  /** The directory that keeps the objects' state, made when missing. */
  readonly state: string;
  /** Where configuration names are looked up before wrangler.toml. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Told each line that the Worker or workerd writes. */
  readonly log: (line: string) => void;
  /** Told of each workerd as it is started: the first, and one for each that died. */
  readonly started: (workerd: ChildProcess) => void;
  /** Told each time that a workerd listens in the place of one that died. */
  readonly restarted: () => void;
}

/**
 * startRuntime serves the module `script`, with the bindings and assets of wrangler.toml, on a
 * workerd whose socket leads straight into the Worker. Miniflare writes workerd's configuration
 * (the objects on disk, the ASSETS binding) and starts it, again where it dies, on the same
 * port and the same state; it is in the path of no request. Resolves with the address.
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
          // A socket of a Worker that has assets leads through Miniflare's router, so this one,
          // which has none, lends the Worker its socket. It also leaves Miniflare's own entry,
          // on another loopback port, with nothing to show.
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
