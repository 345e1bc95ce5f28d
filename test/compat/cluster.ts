import { convertV4MiniflareOptions, Miniflare } from "miniflare";
import type { Bundle, Version } from "./versions.ts";

/** ClusterOptions say what is served. */
export interface ClusterOptions {
  readonly bundles: Readonly<Record<Version, Bundle>>;
  /** The code of the objects. */
  readonly object: Version;
  /** The directory that keeps the objects' state. */
  readonly state: string;
  /** The configuration, of objects and Workers alike. */
  readonly bindings: Readonly<Record<string, string>>;
  /** Told each line that is logged. */
  readonly log: (line: string) => void;
}

/** Cluster is one set of objects with a Worker of each version in front, as in every rollout. */
export interface Cluster {
  /** The origin of the Worker of each version, without a slash at its end. */
  readonly urls: Readonly<Record<Version, string>>;
  stop(): Promise<void>;
}

const host = "127.0.0.1";

/**
 * startCluster starts the objects, in the code of one version, and both versions of the Worker.
 * Objects keep their state from one cluster to the next on one directory: stopping one and starting
 * another is what a deploy does to the objects.
 */
export async function startCluster(options: ClusterOptions): Promise<Cluster> {
  const { bundles, object, bindings } = options;
  // Its name is part of where the state is, so it is the same for both versions.
  const map = { name: "map", object: { className: "OperationsObject", useSQLite: true } };
  const common = { modules: true, bindings, stripCfConnectingIp: false } as const;
  const edge = (version: Version) => ({
    ...common,
    ...bundles[version],
    name: version,
    durableObjects: { OPERATIONS: { ...map.object, scriptName: map.name } },
    unsafeDirectSockets: [{ host, port: 0 }],
  });
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      cf: false,
      logRequests: false,
      resourcePersistencePath: options.state,
      handleStructuredLogs: ({ message }) => options.log(message),
      workers: [
        edge("old"),
        edge("new"),
        {
          ...common,
          ...bundles[object],
          name: map.name,
          durableObjects: { OPERATIONS: map.object },
        },
      ],
    }),
  );
  const urlOf = async (version: Version) => (await miniflare.unsafeGetDirectURL(version)).origin;
  return {
    urls: { old: await urlOf("old"), new: await urlOf("new") },
    stop: () => miniflare.dispose(),
  };
}
