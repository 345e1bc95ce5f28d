/** The bindings of wrangler.toml. Configuration values are read by core/config.ts alone. */
declare namespace Cloudflare {
  interface Env {
    readonly OPERATIONS: DurableObjectNamespace<import("./index.ts").OperationsObject>;
    readonly ASSETS: Fetcher;
  }
  interface GlobalProps {
    mainModule: typeof import("./index.ts");
    durableNamespaces: "OperationsObject";
  }
}
