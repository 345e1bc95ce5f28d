import { convertV4MiniflareOptions, Miniflare } from "miniflare";
import type { Bundle, Version } from "./versions.ts";

/** MixtureOptions say what is served. */
export interface MixtureOptions {
  readonly bundles: Readonly<Record<Version, Bundle>>;
  /** How many of a hundred objects run the new code; the same ones, and more, where it grows. */
  readonly percent: number;
  /** The directory that keeps the objects' state. */
  readonly state: string;
  readonly bindings: Readonly<Record<string, string>>;
  readonly log: (line: string) => void;
}

/** Mixture is a deployment of two versions: Workers of both, and objects that run one of them each. */
export interface Mixture {
  readonly urls: Readonly<Record<Version, string>>;
  stop(): Promise<void>;
}

const host = "127.0.0.1";

/**
 * What stands around a Worker, of either version: it finds each object where the deployment has it run.
 * Cloudflare assigns a version to each object by the percentages of a deployment, keeps it for as long as
 * that lasts, and takes none of a version away as its percentage grows.
 */
const router = `
import worker from "./worker.js";
export * from "./worker.js";
const isNew = (name, percent) => {
  let hash = 2166136261;
  for (const character of name) hash = Math.imul(hash ^ character.codePointAt(0), 16777619) >>> 0;
  return hash % 100 < percent;
};
const routed = (env) => ({
  getByName: (name) => (isNew(name, Number(env.PERCENT)) ? env.NEW : env.OLD).getByName(name),
  idFromName: (name) => env.OLD.idFromName(name),
  get: (id) => (isNew(id.name ?? "", Number(env.PERCENT)) ? env.NEW : env.OLD).get(id),
});
export default {
  fetch: (request, env, ctx) => worker.fetch(request, { ...env, OPERATIONS: routed(env) }, ctx),
};
`;

/** startMixture starts objects of both versions on one state, and a Worker of each in front. */
export async function startMixture(options: MixtureOptions): Promise<Mixture> {
  const { bundles, percent, bindings } = options;
  // One place for the state of all objects, whatever they run.
  const object = { className: "OperationsObject", useSQLite: true, unsafeUniqueKey: "map" };
  const common = { bindings, stripCfConnectingIp: false } as const;
  const objects = (version: Version) => ({
    ...common,
    ...bundles[version],
    modules: true,
    name: `objects-${version}`,
    durableObjects: { OPERATIONS: object },
  });
  const edge = (version: Version) => {
    const { script, ...runtime } = bundles[version];
    return {
      ...common,
      ...runtime,
      name: version,
      bindings: { ...bindings, PERCENT: String(percent) },
      modules: [
        { type: "ESModule" as const, path: "router.js", contents: router },
        { type: "ESModule" as const, path: "worker.js", contents: script },
      ],
      durableObjects: {
        OLD: { ...object, scriptName: "objects-old" },
        NEW: { ...object, scriptName: "objects-new" },
      },
      unsafeDirectSockets: [{ host, port: 0 }],
    };
  };
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      cf: false,
      logRequests: false,
      resourcePersistencePath: options.state,
      handleStructuredLogs: ({ message }) => options.log(message),
      workers: [edge("old"), edge("new"), objects("old"), objects("new")],
    }),
  );
  const urlOf = async (version: Version) => (await miniflare.unsafeGetDirectURL(version)).origin;
  return {
    urls: { old: await urlOf("old"), new: await urlOf("new") },
    stop: () => miniflare.dispose(),
  };
}
