/** The bindings of wrangler.toml. Configuration values are read by src/config alone. */
declare namespace Cloudflare {
  interface Env {
    readonly OPERATIONS: DurableObjectNamespace<import("./index.ts").OperationsObject>;
    readonly ASSETS: Fetcher;
    /** Where the deployment has one: `[[ratelimits]]` of wrangler.toml. */
    readonly RATE_LIMIT?: RateLimit;
  }
  interface GlobalProps {
    mainModule: typeof import("./index.ts");
    durableNamespaces: "OperationsObject";
  }
}
