/** The bindings of wrangler.toml. Only src/config reads configuration values. */
declare namespace Cloudflare {
  interface Env {
    readonly OPERATIONS: DurableObjectNamespace<import("./index.ts").OperationsObject>;
    readonly ASSETS: Fetcher;
    /** If the deployment has one: `[[ratelimits]]` in wrangler.toml. */
    readonly RATE_LIMIT?: RateLimit;
  }
  interface GlobalProps {
    mainModule: typeof import("./index.ts");
    durableNamespaces: "OperationsObject";
  }
}
