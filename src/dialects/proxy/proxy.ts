import type { Dialect } from "../../edge/dialect.ts";
import { type Route, route } from "../../edge/routes.ts";
import { forward } from "./forward.ts";

/** proxyRoutes are every path of the proxy: what follows the upstream's name is the upstream's. */
export const proxyRoutes: readonly Route[] = [
  route("/api/proxy/{upstream}/*", { ANY: { scope: "write", handler: forward } }),
  route("/api/proxy/{upstream}", { ANY: { scope: "write", handler: forward } }),
];

/** proxy makes an operation of a request to a slow HTTP service. */
export const proxy: Dialect = { name: "proxy", place: "/api/proxy", routes: proxyRoutes };
