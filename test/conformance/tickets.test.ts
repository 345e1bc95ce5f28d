import { EventSource } from "eventsource";
import { describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { serving } from "../e2e/serving.ts";

// The clients that have no place for a header: a ticket stands where a browser can put it.

interface Told {
  readonly id: string;
  readonly status: string;
  readonly version: number;
}

const TICKET_SECRET = "a-secret-of-these-tests-that-is-long-enough";
const on = serving({ env: { TICKET_SECRET } });

async function post(path: string, body: unknown): Promise<Record<string, string>> {
  const response = await fetch(`${on.served.url}/api/v1${path}`, {
    method: "POST",
    headers: { authorization: "Bearer test-token", "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  return (await response.json()) as Record<string, string>;
}

const slow = { kind: "simulate", input: { duration: "600ms", steps: 2 } };

async function started(): Promise<{ id: string; ticket: string }> {
  const { id = "" } = await post("/operations", slow);
  const { ticket = "" } = await post(`/operations/${id}:tickets`, {});
  return { id, ticket };
}

describe("EventSource with ?ticket=", () => {
  it("is told of its operation to the end, and no log keeps the ticket", async () => {
    const { id, ticket } = await started();
    const source = new EventSource(
      `${on.served.url}/api/v1/operations/${id}/events?ticket=${ticket}`,
    );
    const told = await new Promise<Told[]>((resolve, reject) => {
      const seen: Told[] = [];
      source.addEventListener("operation", ({ data }) => {
        const operation = JSON.parse(data) as Told;
        seen.push(operation);
        if (operation.status === "succeeded") resolve(seen);
      });
      source.addEventListener("error", ({ code }) => code && reject(new Error(String(code))));
    });
    source.close();
    expect(told.at(-1)).toMatchObject({ id, status: "succeeded" });
    expect([...on.served.stdout, ...on.served.stderr].join("\n")).not.toContain(ticket);
  });

  it.each(["", "test-token", "a.b.c"])("of %j is 401", async (ticket) => {
    const { id } = await started();
    const url = `${on.served.url}/api/v1/operations/${id}/events?ticket=${ticket}`;
    expect((await fetch(url)).status).toBe(401);
  });
});

describe("WebSocket with bearer.{ticket}", () => {
  it("speaks operations.v1, is told to the end, and may not cancel", async () => {
    const { id, ticket } = await started();
    const url = `${on.served.url.replace("http", "ws")}/api/v1/operations/${id}/watch`;
    const socket = new WebSocket(url, ["operations.v1", `bearer.${ticket}`]);
    const told: Told[] = [];
    socket.on("open", () => socket.send('{"type":"cancel"}'));
    socket.on("message", (data) => {
      const frame = JSON.parse(String(data)) as { type: string; operation?: Told };
      if (frame.operation) told.push(frame.operation);
    });
    const code = await new Promise<number>((resolve) => socket.on("close", resolve));
    expect(socket.protocol).toBe("operations.v1");
    expect(told.at(0)).toMatchObject({ id, status: "running" });
    const { status } = (await (
      await fetch(`${on.served.url}/api/v1/operations/${id}?wait=20s`, {
        headers: { authorization: `Bearer ${ticket}` },
      })
    ).json()) as Told;
    // Whatever the socket makes of the message, the operation goes on.
    expect([status, typeof code]).toEqual(["succeeded", "number"]);
  });

  it.each([
    ["a token", (_: string) => "bearer.test-token"],
    ["another operation's ticket", (ticket: string) => `bearer.${ticket}`],
  ])("is refused with %s", async (_, offer) => {
    const { ticket } = await started();
    const { id } = await started();
    const url = `${on.served.url.replace("http", "ws")}/api/v1/operations/${id}/watch`;
    const socket = new WebSocket(url, ["operations.v1", offer(ticket)]);
    const refused = await new Promise<string>((resolve) => {
      socket.on("error", ({ message }) => resolve(message));
      socket.on("open", () => resolve("open"));
    });
    expect(refused).toMatch(/40[14]/);
    socket.terminate();
  });
});
