import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { Duplex } from "node:stream";
import { errorOf } from "../../base/log.ts";
import { redactUrl } from "../log/redact.ts";
import { answer, endSocket } from "./answer.ts";
import type { Forwarder } from "./forward.ts";
import { hostsOf, type Refusal, refusal, refusePath, refuseStranger } from "./refusal.ts";
import type { StaticFiles } from "./static-files.ts";

/** ProxyOptions says what to serve, and where. */
export interface ProxyOptions {
  /** 0 takes a free port. */
  readonly port: number;
  readonly forwarder: Forwarder;
  readonly files: StaticFiles | undefined;
  /** Called for each request, with one line. */
  readonly log: (line: string) => void;
}

/** RunningProxy is a proxy that is listening. */
export interface RunningProxy {
  readonly port: number;
  /** close ends it, and everything that goes through it, immediately. */
  close(): Promise<void>;
}

/**
 * startProxy listens on 127.0.0.1 and, if there is IPv6, ::1, and on no other address. `/api/` goes to the service,
 * `/static/` to the files, `/` redirects there, and everything else is 404.
 *
 * @throws the error of `listen`, with its code (EADDRINUSE) if the port is taken
 */
export async function startProxy(options: ProxyOptions): Promise<RunningProxy> {
  const first = await listen("127.0.0.1", options.port, options);
  const { port } = first.server.address() as AddressInfo;
  const listeners = [first];
  try {
    listeners.push(await listen("::1", port, options));
  } catch (thrown) {
    // The machine may have no IPv6; and if somebody else has ::1, that is not worth failing for.
    options.log(`not listening on [::1]: ${errorOf(thrown).message}`);
  }
  return { port, close: async () => void (await Promise.all(listeners.map(end))) };
}

interface Listener {
  readonly server: Server;
  readonly sockets: ReadonlySet<Socket>;
}

async function listen(address: string, wanted: number, options: ProxyOptions): Promise<Listener> {
  const sockets = new Set<Socket>();
  // An upload may take any time.
  const server = createServer({ requestTimeout: 0 });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(wanted, address, resolve);
  });
  const { port } = server.address() as AddressInfo;
  const hosts = hostsOf(port);
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  server.on("request", (request, response) => {
    const start = performance.now();
    response.on("close", () => {
      const took = Math.round(performance.now() - start);
      options.log(`${lineOf(request, port)} ${response.statusCode} ${took}ms`);
    });
    route(request, response, hosts, options);
  });
  server.on("upgrade", (request, socket, head) => {
    const line = lineOf(request, port);
    socket.on("close", () => options.log(`${line} upgrade closed`));
    routeUpgrade(request, socket, head, hosts, options);
  });
  return { server, sockets };
}

function route(
  request: IncomingMessage,
  response: ServerResponse,
  hosts: ReadonlySet<string>,
  { forwarder, files }: ProxyOptions,
): void {
  const pathname = pathOf(request);
  const refused = refusalOf(request, pathname, hosts);
  if (refused) answer(response, refused);
  else if (pathname.startsWith("/api/")) forwarder.web(request, response);
  else if (files && pathname.startsWith("/static/")) {
    files.serve(request, response, pathname).catch(() => response.destroy());
  } else if (files && (pathname === "/" || pathname === "/static")) {
    response.writeHead(307, { location: "/static/", "content-length": "0" }).end();
  } else {
    const hint = files
      ? "this proxy serves /api/ and /static/"
      : "this proxy serves /api/; with --www DIR, also files";
    answer(response, refusal(404, "not-found", `Not found: ${hint}`));
  }
}

function routeUpgrade(
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  hosts: ReadonlySet<string>,
  { forwarder }: ProxyOptions,
): void {
  const pathname = pathOf(request);
  // Without it, a client that resets its connection would end the proxy.
  socket.on("error", () => socket.destroy());
  const refused = refusalOf(request, pathname, hosts);
  if (refused) endSocket(socket, refused);
  else if (pathname.startsWith("/api/")) forwarder.upgrade(request, socket, head);
  else endSocket(socket, refusal(404, "not-found", "Not found: this proxy serves /api/"));
}

function refusalOf(
  { headers, url = "" }: IncomingMessage,
  pathname: string,
  hosts: ReadonlySet<string>,
): Refusal | undefined {
  // Absolute URLs are for proxies that forward to any host; this one forwards to a fixed one.
  if (!url.startsWith("/")) return refusal(400, "bad-path", "The path must begin with /");
  const stranger = refuseStranger(headers, hosts);
  if (stranger) return stranger;
  return pathname.startsWith("/api/") ? refusePath(pathname) : undefined;
}

function pathOf({ url = "" }: IncomingMessage): string {
  return url.split("?")[0] ?? "";
}

/** Without the secrets in its query, and without line breaks. */
function lineOf({ method, url = "" }: IncomingMessage, port: number): string {
  const full = `http://localhost:${port}${url.startsWith("/") ? url : "/"}`;
  if (!URL.canParse(full)) return `${method} ?`;
  const { pathname, search } = new URL(redactUrl(full));
  return `${method} ${pathname}${search}`;
}

function end({ server, sockets }: Listener): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    // Including upgraded ones, which the server no longer tracks.
    for (const socket of sockets) socket.destroy();
  });
}
