import { jwtVerify } from "jose";
import { kubernetes } from "../../src/dialects/kubernetes/kubernetes.ts";
import { tickets } from "../../src/edge/access/ticket.ts";
import { type Caller, createOperations } from "../../src/operations.ts";
import { kinds } from "./kinds.ts";

interface Env {
  readonly JWT_SECRET: string;
}

const operations = createOperations({
  kinds,
  tickets,
  basePath: "/ops",
  dialects: [kubernetes],
  binding: "MAP",
  runner: "Work",
  config: { SHARDS: 2, MAX_BODY: 2_048, TICKET_SECRET: "tickets-are-signed-with-this-0001" },
  authenticate: async (request, env): Promise<Caller | Response | undefined> => {
    const cookie = /\bsession=([^;]*)/.exec(request.headers.get("cookie") ?? "")?.[1];
    if (cookie === "expired") return Response.redirect("https://login.test/", 302);
    if (cookie !== undefined) return { tenant: cookie, scopes: ["read", "write"] };
    const token = /^Bearer (.+)$/.exec(request.headers.get("authorization") ?? "")?.[1];
    if (token === undefined) return undefined;
    const { JWT_SECRET } = env as unknown as Env;
    const verified = await jwtVerify(token, new TextEncoder().encode(JWT_SECRET)).catch(
      () => undefined,
    );
    return verified && { tenant: String(verified.payload.sub), scopes: ["admin"] };
  },
});

export class OwnMap extends operations.OperationsObject {}
export class Work extends operations.Runner {}

export default {
  async fetch(request, env, ctx): Promise<Response> {
    const handled = await operations.handle(request, env, ctx);
    if (handled) return handled;
    const { pathname } = new URL(request.url);
    if (pathname !== "/inside") return new Response("its own", { status: 404 });
    const { tenant, method, args } = await request.json<{
      tenant: string;
      method: "create" | "run" | "get" | "waitFor" | "cancel" | "delete" | "createMany" | "list";
      args: unknown[];
    }>();
    try {
      const inside = operations.tenant(env, tenant) as unknown as Record<
        string,
        (...args: unknown[]) => unknown
      >;
      const found = inside[method]?.(...args);
      const isList = typeof found === "object" && found !== null && Symbol.asyncIterator in found;
      const value = isList ? await Array.fromAsync(found as AsyncIterable<unknown>) : await found;
      return Response.json({ value: value ?? null });
    } catch (thrown) {
      const { name, code, message } = thrown as Error & { code?: string };
      return Response.json({ thrown: { name, code, message } });
    }
  },
} satisfies ExportedHandler<Cloudflare.Env>;
