import { mkdtemp, rm } from "node:fs/promises";
import {
  createServer,
  type IncomingHttpHeaders,
  type Server,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { Webhook } from "standardwebhooks";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { answering } from "../e2e/answering.ts";
import { Client } from "../e2e/client.ts";
import { type Served, startServed } from "../e2e/served.ts";
import { eventually } from "../eventually.ts";

// The verifier of the standard's own library, unmodified, in a receiver as anybody would write it.

const secrets = ["n", "o"].map((c) => `whsec_${Buffer.from(c.repeat(32)).toString("base64")}`);
const env = { DEVELOPMENT: "true", WEBHOOK_SECRET: secrets.join(" ") };

interface Received {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

interface Told {
  readonly id: string;
  readonly status: string;
  readonly result?: unknown;
  readonly links: { readonly self: string };
}

const received: Received[] = [];
let respond: (index: number, response: ServerResponse) => void;
let receiver: Server;
let target: string;
let state: string;
let served: Served;
let client: Client;

beforeAll(async () => {
  receiver = createServer(
    answering(async (request, response) => {
      const parts: Buffer[] = [];
      for await (const part of request) parts.push(part);
      const at = request.url ?? "";
      const index = requestsAt(at).length;
      received.push({ path: at, headers: request.headers, body: Buffer.concat(parts).toString() });
      respond(index, response);
    }),
  ).listen(0, "127.0.0.1");
  await new Promise((resolve) => receiver.once("listening", resolve));
  target = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`;
  state = await mkdtemp(path.join(tmpdir(), "edge-operations-webhooks-"));
  served = await startServed({ state, env });
  client = new Client(served.url);
});

afterAll(async () => {
  await served.stop();
  receiver.closeAllConnections();
  await new Promise((resolve) => receiver.close(resolve));
  await rm(state, { recursive: true, force: true });
});

/** What came in at one path. */
function requestsAt(place: string): Received[] {
  return received.filter((request) => request.path === place);
}

async function create(place: string, value: unknown): Promise<string> {
  const body = { kind: "echo", input: value, webhook: { url: `${target}${place}` } };
  const made = await client.json<{ id: string }>(`${served.url}/api/v1/operations`, {
    method: "POST",
    body: JSON.stringify(body),
  });
  expect(made.status).toBe(202);
  return made.body.id;
}

/** verified reads a request as the library does, with one secret. */
function verified(request: Received | undefined, secret: string | undefined): Told {
  const headers = Object.fromEntries(
    Object.entries(request?.headers ?? {}).map(([name, value]) => [name, String(value)]),
  );
  return new Webhook(secret ?? "").verify(request?.body ?? "", headers) as Told;
}

interface Shown {
  readonly deliveries: readonly {
    readonly webhookId: string;
    readonly target: string;
    readonly state: string;
    readonly nextTryAt?: string;
    readonly tries: readonly { readonly at: string; readonly status?: number }[];
  }[];
}

async function deliveries(id: string): Promise<Shown["deliveries"]> {
  const url = `${served.url}/api/v1/operations/${id}/deliveries`;
  return (await client.json<Shown>(url)).body.deliveries;
}

describe("standardwebhooks", () => {
  it("verifies what is sent, with each of the secrets, and with no other", async () => {
    respond = (_, response) => response.writeHead(204).end();
    const id = await create("/good", { text: "grüße, 世界 🌍", n: 1e21 });
    await eventually(() => expect(requestsAt("/good")).toHaveLength(1));
    const [request] = requestsAt("/good");
    for (const secret of secrets) {
      const told = verified(request, secret);
      expect(told).toMatchObject({ id, status: "succeeded", result: { text: "grüße, 世界 🌍" } });
      expect(told.links.self).toBe(`${served.url}/api/v1/operations/${id}`);
    }
    const other = `whsec_${Buffer.from("x".repeat(32)).toString("base64")}`;
    expect(() => verified(request, other)).toThrow("No matching signature found");
    const altered = { ...request, body: `${request?.body} ` } as Received;
    expect(() => verified(altered, secrets[0])).toThrow("No matching signature found");
    await eventually(async () => {
      expect(await deliveries(id)).toMatchObject([
        { webhookId: `msg_${id}`, target, state: "delivered", tries: [{ status: 204 }] },
      ]);
    });
  });

  it("verifies the try after a failed one, whose webhook-id is the same and whose time is not", async () => {
    respond = (index, response) => response.writeHead(index === 0 ? 500 : 200).end("thanks");
    const id = await create("/retried", 1);
    await eventually(() => expect(requestsAt("/retried")).toHaveLength(2));
    const [first, second] = requestsAt("/retried");
    expect(verified(second, secrets[1])).toEqual(verified(first, secrets[0]));
    expect(second?.headers["webhook-id"]).toBe(first?.headers["webhook-id"]);
    expect(second?.headers["webhook-timestamp"]).not.toBe(first?.headers["webhook-timestamp"]);
    await eventually(async () => {
      expect(await deliveries(id)).toMatchObject([{ state: "delivered" }]);
    });
  });

  it("is sent nothing where a redirect leads; the try has failed", async () => {
    respond = (_, response) => response.writeHead(307, { location: `${target}/landed` }).end();
    const id = await create("/redirecting", 1);
    await eventually(async () => {
      expect(await deliveries(id)).toMatchObject([{ state: "pending", tries: [{ status: 307 }] }]);
    });
    expect(requestsAt("/landed")).toEqual([]);
  });

  it("verifies what is sent again after kill -9 in the middle of a try, and on request", async () => {
    respond = (index, response) => {
      if (index > 0) response.writeHead(200).end();
    };
    const id = await create("/killed", "kept");
    await eventually(() => expect(requestsAt("/killed")).toHaveLength(1));
    await served.kill9();
    served = await startServed({ state, env });
    client = new Client(served.url);
    await eventually(() => expect(requestsAt("/killed")).toHaveLength(2));
    const [first, second] = requestsAt("/killed");
    expect(second?.headers["webhook-id"]).toBe(first?.headers["webhook-id"]);
    expect(second?.body).toBe(first?.body);
    expect(verified(second, secrets[0])).toMatchObject({ id, result: "kept" });
    await eventually(async () => {
      expect(await deliveries(id)).toMatchObject([{ state: "delivered" }]);
    });

    const url = `${served.url}/api/v1/operations/${id}:redeliver`;
    expect((await client.json(url, { method: "POST" })).status).toBe(202);
    await eventually(() => expect(requestsAt("/killed")).toHaveLength(3));
    expect(verified(requestsAt("/killed")[2], secrets[1])).toMatchObject({ id });
  });
});
