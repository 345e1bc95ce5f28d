import type { IncomingMessage, ServerResponse } from "node:http";
import { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { createProxyServer, type ProxyServerOptions } from "httpxy";
import type { Access } from "../settings/settings.ts";
import { answer, endSocket } from "./answer.ts";
import { type Refusal, refusal } from "./refusal.ts";

/** silence is how long a service may send nothing, in milliseconds; it holds waits for 55 s. */
const silence = 90_000;

/** upgradeTime is how long a service has to respond to an upgrade, in milliseconds. */
const upgradeTime = 30_000;

/** notPassed are the request headers that concern only the client and the proxy. */
const notPassed = ["authorization", "cookie", "origin", "referer", "proxy-authorization"] as const;

/** Forwarder forwards requests to the service with the token. */
export interface Forwarder {
  /** web forwards a request and returns the response, without holding either in memory. */
  web(request: IncomingMessage, response: ServerResponse): void;
  /** upgrade forwards an upgrade, and then everything in both directions. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
}

/**
 * forwarderTo makes a Forwarder. The token replaces any Authorization; cookies are not forwarded in either direction,
 * since those of localhost belong to all of its ports. The service sees its own name as Host, so links in its responses
 * lead to itself; redirects are passed back unchanged. If the service cannot be reached, the response is 502.
 */
export function forwarderTo({ host, basePath, token }: Access): Forwarder {
  const options: ProxyServerOptions = {
    target: targetOf(host),
    changeOrigin: true,
    proxyTimeout: silence,
    upgradeTimeout: upgradeTime,
  };
  const proxy = createProxyServer(options);
  proxy.on("proxyRes", (incoming) => {
    delete incoming.headers["set-cookie"];
  });
  proxy.on("error", (error, _request, response) => {
    const refused = unreachable(error);
    if (!response) return;
    if (response instanceof Socket) endSocket(response, refused);
    else if ("headersSent" in response && !response.headersSent) answer(response, refused);
    else response.destroy();
  });
  const own = (request: IncomingMessage) => {
    for (const name of notPassed) delete request.headers[name];
    request.headers.authorization = `Bearer ${token}`;
    // Here it is in the default place, wherever it is there.
    request.url = request.url?.replace(/^\/api(?=\/)/, basePath);
  };
  return {
    web(request, response) {
      own(request);
      // Errors go to the listener above.
      proxy.web(request, response).catch(() => response.destroy());
    },
    upgrade(request, socket, head) {
      own(request);
      if (!(socket instanceof Socket)) {
        socket.destroy();
        return;
      }
      proxy.ws(request, socket, options, head).catch(() => socket.destroy());
    },
  };
}

function unreachable(error: Error): Refusal {
  const code = "code" in error ? String(error.code) : "no answer";
  return refusal(502, "unreachable", `Cannot reach the service (${code})`);
}

function targetOf(host: string): NonNullable<ProxyServerOptions["target"]> {
  const url = new URL(host);
  const { protocol, hostname, port, pathname } = url;
  if (!hostname.startsWith("[")) return url;
  // httpxy would resolve the name including its brackets.
  return {
    protocol,
    hostname: hostname.slice(1, -1),
    port: port || (protocol === "https:" ? 443 : 80),
    pathname,
  };
}
