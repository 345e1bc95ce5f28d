import { SignJWT } from "jose";
import { describe, expect, it } from "vitest";
import { OperationError, OperationsClient } from "../../src/client/index.ts";
import { builtWorker } from "./built-worker.ts";
import { inMiniflare } from "./in-miniflare.ts";
import type { kinds } from "./kinds.ts";

// A Worker of somebody's own, worker.ts: kinds by several schema libraries, another base path, other
// names, its own idea of who asks, and no assets.

const secret = "a-secret-of-the-test-with-32-bytes-";
const on = inMiniflare(() => builtWorker("worker.ts"), {
  durableObjects: { MAP: { className: "OwnMap", useSQLite: true } },
  bindings: { JWT_SECRET: secret, TOKEN: "the-token-of-the-environment" },
});

function as(tenant: string): Record<string, string> {
  return { cookie: `session=${tenant}` };
}

function api(pathname: string, headers: Record<string, string>, json?: unknown) {
  const type = { "content-type": "application/json", ...headers };
  const body =
    json === undefined
      ? { headers }
      : { method: "POST", headers: type, body: JSON.stringify(json) };
  return fetch(`${on.url}/ops${pathname}`, { redirect: "manual", ...body });
}

async function client(tenant: string) {
  const token = await new SignJWT()
    .setProtectedHeader({ alg: "HS256" })
    .setSubject(tenant)
    .sign(new TextEncoder().encode(secret));
  return new OperationsClient<typeof kinds>({ url: on.url, basePath: "/ops", token });
}

async function inside(tenant: string, method: string, ...args: unknown[]) {
  const body = JSON.stringify({ tenant, method, args });
  const response = await fetch(`${on.url}/inside`, { method: "POST", body });
  return (await response.json()) as { value?: unknown; thrown?: unknown };
}

describe("createOperations: basePath", () => {
  it("is where everything is served, and stands in every link and problem", async () => {
    const made = await api("/v1/operations", as("links"), { kind: "mini", input: { count: 1 } });
    expect(made.status).toBe(202);
    const { id, links } = (await made.json()) as { id: string; links: Record<string, string> };
    expect(links.self).toBe(`${on.url}/ops/v1/operations/${id}`);
    expect(made.headers.get("operation-location")).toBe(links.self);
    const refused = await api("/v1/operations/none", as("links"));
    const { type, instance } = (await refused.json()) as { type: string; instance: string };
    expect(type).toBe(`${on.url}/ops/problems/operation-not-found`);
    expect(instance).toBe("/ops/v1/operations/none");
    expect(await (await fetch(type)).json()).toMatchObject({ code: "operation-not-found" });
    expect((await fetch(`${on.url}/ops/healthz`)).status).toBe(200);
  });

  it("links of an object's own frames stand under it too", async () => {
    const { id } = await (await client("frames")).create("asks", null);
    const stream = await api(`/v1/operations/${id}/events`, as("frames"));
    const reader = stream.body?.getReader();
    let text = "";
    while (!text.includes("links")) {
      const read = await reader?.read();
      text += new TextDecoder().decode(read?.value as Uint8Array);
    }
    await reader?.cancel();
    expect(text).toContain(`${on.url}/ops/v1/operations/${id}`);
  });

  it("is where the links of a document of 2014 lead, and where hints send", async () => {
    const link = "/ops/v1beta1/services/web";
    const made = await api("/v1beta1/services?sync=true", as("links"), { id: "web" });
    expect(await made.json()).toMatchObject({ id: "web", selfLink: link });
    const found = await fetch(`${on.url}${link}`, { headers: as("links") });
    expect(await found.json()).toMatchObject({ kind: "Service", selfLink: link });
    const refused = await api("/v1/operations", as("links"), { kind: "none" });
    const { detail } = (await refused.json()) as { detail: string };
    expect(detail).toBe('Cannot find kind "none"; GET /ops/v1/kinds lists them');
    const polled = await api("/v1beta1/services", as("links"), { id: "polled" });
    expect(polled.headers.get("location")).toContain(`${on.url}/ops/v1beta1/operations/`);
  });

  it("has no metrics, which it was not given", async () => {
    const response = await api("/v1/metrics", as("any"));
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ error: { code: "not-found" } });
  });

  it.each(["/api/v1/kinds", "/", "/static/", "/problems/not-found", "/opsx/v1/kinds"])(
    "leaves %s to the Worker's own code",
    async (pathname) => {
      const response = await fetch(`${on.url}${pathname}`, { headers: as("any") });
      expect([response.status, await response.text()]).toEqual([404, "its own"]);
    },
  );
});

describe("createOperations: dialects", () => {
  it("only those that are passed are spoken", async () => {
    expect((await api("/v1beta1/services", as("wires"))).status).toBe(200);
    const proxied = await api("/proxy/up/report", as("wires"));
    expect(proxied.status).toBe(404);
    expect(await proxied.json()).toMatchObject({ error: { code: "not-found" } });
  });
});

describe("createOperations: authenticate", () => {
  it("a session, or a JWT by jose, says who asks; each has its own map", async () => {
    const { id } = await (await client("ann")).create("mini", { count: 1 });
    expect((await api(`/v1/operations/${id}`, as("ann"))).status).toBe(200);
    expect((await api(`/v1/operations/${id}`, as("bob"))).status).toBe(404);
  });

  it("undefined is 401, with TOKEN too, which is not consulted", async () => {
    for (const headers of [{}, { authorization: "Bearer the-token-of-the-environment" }]) {
      const response = await api("/v1/kinds", headers as Record<string, string>);
      expect(response.status).toBe(401);
      expect(response.headers.get("www-authenticate")).toContain("Bearer");
    }
  });

  it("a Response is the answer", async () => {
    const response = await api("/v1/kinds", as("expired"));
    expect([response.status, response.headers.get("location")]).toEqual([
      302,
      "https://login.test/",
    ]);
  });

  it("scopes hold: a session does no work", async () => {
    const response = await api("/v1/operations:claim", as("ann"), { kinds: ["x"], max: 1 });
    expect(response.status).toBe(403);
  });

  it("a tenant's name that can be none is a 500, and the log says why", async () => {
    expect((await api("/v1/kinds", as("a/b"))).status).toBe(500);
    const why = 'authenticate returned an invalid tenant: \\"a/b\\"';
    await expect.poll(() => on.log.some((line) => line.includes(why))).toBe(true);
  });

  it("a ticket opens its operation, and no other", async () => {
    const service = await client("ann");
    const { id } = await service.create("mini", { count: 1 });
    const other = await service.create("mini", { count: 2 });
    const { ticket } = await service.ticket(id);
    const bearer = { authorization: `Bearer ${ticket}` };
    expect((await api(`/v1/operations/${id}`, bearer)).status).toBe(200);
    expect((await api(`/v1/operations/${other.id}`, bearer)).status).toBe(404);
  });
});

describe("createOperations: config", () => {
  it("a setting in code holds: MAX_BODY", async () => {
    const input = { count: "1".repeat(4_000) };
    const response = await api("/v1/operations", as("ann"), { kind: "mini", input });
    expect(response.status).toBe(413);
  });
});

describe("kinds of several schema libraries", () => {
  it("run, with what their schemas give; results are what JSON makes of them", async () => {
    const service = await client("kinds");
    const picture = { url: "https://a.test/b.png" };
    expect(await service.run("resize", picture)).toEqual({
      bytes: 300,
      at: "1970-01-01T00:00:00.000Z",
    });
    expect(await service.run("mini", { count: 1 })).toEqual({ count: 2 });
    expect(await service.run("valibot", { name: "ab" })).toBe("abab");
    expect(await service.run("arktype", { age: 7 })).toBe(7);
  });

  it.each([
    ["resize", { url: "none" }, "input.url"],
    ["mini", { count: "1" }, "input.count"],
    ["valibot", { name: 1 }, "input.name"],
    ["arktype", { age: 0.5 }, "input.age"],
  ])("%s refuses what its schema does, and says where", async (kind, input, place) => {
    const response = await api("/v1/operations", as("kinds"), { kind, input });
    expect(response.status).toBe(400);
    const { errors } = (await response.json()) as { errors: { path: string; message: string }[] };
    expect(errors).toEqual([{ path: place, message: expect.stringMatching(/./) }]);
  });

  it("GET /kinds has the JSON Schema of each, by the library or by hand", async () => {
    const listed = await (await client("kinds")).kinds();
    const of = (name: string) => listed.find(({ kind }) => kind === name)?.inputSchema;
    for (const name of ["resize", "mini", "valibot", "arktype"]) {
      expect(of(name)).toMatchObject({ type: "object", properties: expect.anything() });
    }
  });

  it("openapi.json has what goes into each kind and what comes out, without assets", async () => {
    const response = await api("/v1/openapi.json", as("kinds"));
    const { paths, components, servers } = (await response.json()) as {
      paths: Record<string, { post?: { requestBody: { content: Record<string, object> } } }>;
      components: { schemas: Record<string, object> };
      servers: object;
    };
    expect(servers).toEqual([{ url: on.url }]);
    expect(Object.keys(paths).filter((path) => !path.startsWith("/ops/"))).toEqual([]);
    // It was not given `openApi`, the whole: this is what is done with operations.
    expect(paths).toHaveProperty(["/ops/v1/operations/{id}", "get"]);
    expect(Object.keys(paths).filter((path) => !path.includes("/v1/operations"))).toEqual([]);
    const { schemas } = components;
    expect(schemas["kind.resize.input"]).toMatchObject({
      properties: { url: { format: "uri" }, width: { type: "integer" } },
      required: ["url"],
    });
    expect(schemas["kind.resize.output"]).toMatchObject({
      properties: { bytes: { type: "integer" } },
    });
    expect(schemas["kind.valibot.output"]).toEqual({ type: "string" });
    const body = paths["/ops/v1/operations"]?.post?.requestBody.content["application/json"];
    const creates = Object.keys(schemas).filter((name) => name.endsWith(".create"));
    const listed = await (await client("kinds")).kinds();
    expect(creates).toEqual(listed.map(({ kind }) => `kind.${kind}.create`));
    expect(body).toMatchObject({
      schema: { oneOf: creates.map((name) => ({ $ref: `#/components/schemas/${name}` })) },
    });
    const links = JSON.stringify([paths, schemas]).match(/"#\/components\/schemas\/[^"]*"/g) ?? [];
    for (const link of links) {
      const name = link.slice('"#/components/schemas/'.length, -1);
      expect(schemas).toHaveProperty([name.split("/")[0] ?? ""]);
    }
  });

  it("deadline and ttl are the kind's own where a create brings none", async () => {
    const service = await client("kinds");
    const made = await service.create("resize", { url: "https://a.test/" }, { wait: "10s" });
    const length = Date.parse(made.deadlineAt) - Date.parse(made.createdAt);
    expect(length).toBe(300_000);
    if (made.status !== "succeeded") throw new Error(made.status);
    expect(Date.parse(made.expiresAt) - Date.parse(made.finishedAt)).toBe(3_600_000);
    const own = await service.create("resize", { url: "https://a.test/" }, { deadline: "1m" });
    expect(Date.parse(own.deadlineAt) - Date.parse(own.createdAt)).toBe(60_000);
  });

  it("run throws an OperationError with what the work said", async () => {
    const thrown = await (await client("kinds")).run("refuses").catch((error: unknown) => error);
    expect(thrown).toBeInstanceOf(OperationError);
    expect(thrown).toMatchObject({ code: "card_declined", message: "No funds" });
  });

  it("a result that its schema refuses is a bug, of which clients see nothing", async () => {
    const thrown = await (await client("kinds")).run("misfit").catch((error: unknown) => error);
    expect(thrown).toMatchObject({ name: "OperationError", code: "internal" });
  });

  it("run gives the Response where the result is no JSON", async () => {
    const response = await (await client("kinds")).run("bytes", null);
    expect(await response.text()).toBe("GIF");
  });

  it("work asks by any schema", async () => {
    const service = await client("kinds");
    const { id } = await service.create("asks", null);
    for await (const { status } of service.watch(id)) {
      if (status === "input_required") await service.input(id, 5);
    }
    expect(await service.get(id)).toMatchObject({ status: "succeeded", result: 5 });
  });

  it("work asks again, and says why, where its schema refuses an answer", async () => {
    const service = await client("kinds");
    const { id } = await service.create("asks", null);
    const asked: string[] = [];
    for await (const op of service.watch(id)) {
      if (op.status !== "input_required") continue;
      const message = op.inputRequest.message ?? "";
      if (asked.at(-1) === message) continue;
      asked.push(message);
      // This Worker was not given `jsonSchema`, which would refuse it with 400.
      await service.input(id, asked.length === 1 ? "five" : 5);
    }
    expect(asked).toEqual(["Which?", expect.stringMatching(/^Which\? \(.*rejected: .+\)$/)]);
    expect(await service.get(id)).toMatchObject({ status: "succeeded", result: 5 });
  });
});

describe("work", () => {
  it("knows whose it is, and asks for other operations of theirs", async () => {
    const service = await client("chains");
    expect(await service.run("chained", { count: 3 })).toEqual({ tenant: "chains", next: 4 });
    expect(await service.run("chained", { count: -1 })).toEqual({ tenant: "chains", next: 0 });
    const made = await Array.fromAsync(service.list());
    expect(made.map(({ kind }) => kind).sort()).toEqual(
      ["chained", "chained", "mini", "mini", "mini"].sort(),
    );
  });
});

describe("operations.tenant", () => {
  it("makes operations that the tenant's clients see, on every shard", async () => {
    const entries = Array.from({ length: 20 }, (_, count) => ({ kind: "mini", input: { count } }));
    const { value } = await inside("inner", "createMany", entries);
    const ids = (value as { id: string }[]).map(({ id }) => id);
    for (let more = 0; more < 6; more++) {
      const { value: made } = await inside("inner", "create", "mini", { count: more });
      ids.push((made as { id: string }).id);
    }
    const { value: listed } = await inside("inner", "list", { order: "asc" });
    expect((listed as { id: string }[]).map(({ id }) => id).sort()).toEqual(ids.sort());
    const outside = await Array.fromAsync((await client("inner")).list());
    expect(outside.map(({ id }) => id).sort()).toEqual(ids.sort());
  });

  it("run, get, waitFor, cancel and delete do as they do outside", async () => {
    expect(await inside("inner", "run", "mini", { count: 3 })).toEqual({ value: { count: 4 } });
    const { value } = await inside("inner", "create", "asks", null);
    const { id } = value as { id: string };
    expect(await inside("inner", "cancel", id)).toMatchObject({ value: { id } });
    expect(await inside("inner", "waitFor", id)).toMatchObject({ value: { status: "canceled" } });
    expect(await inside("inner", "delete", id)).toEqual({ value: null });
    expect(await inside("inner", "get", id)).toMatchObject({
      thrown: { name: "RequestError", code: "operation-not-found" },
    });
  });

  it("refuses what the API refuses, and a tenant that can be none", async () => {
    expect(await inside("inner", "create", "mini", { count: "1" })).toMatchObject({
      thrown: { code: "validation-failed" },
    });
    expect(await inside("inner", "create", "none")).toMatchObject({
      thrown: { code: "kind-not-found" },
    });
    expect(await inside("a/b", "list")).toMatchObject({ thrown: { name: "TypeError" } });
  });
});
