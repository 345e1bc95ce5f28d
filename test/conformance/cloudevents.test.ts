import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { type CloudEvent, HTTP } from "cloudevents";
import { afterAll, describe, expect, it } from "vitest";
import { answering } from "../e2e/answering.ts";
import { serving } from "../e2e/serving.ts";
import { eventually } from "../eventually.ts";

// A receiver of CloudEvents as anybody would write it, with the SDK unmodified.

interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

const received: Received[] = [];
let receiver: Server;
let target = "";

const on = serving(async () => {
  receiver = createServer(
    answering(async (request, response) => {
      const parts: Buffer[] = [];
      for await (const part of request) parts.push(part);
      received.push({ headers: request.headers, body: Buffer.concat(parts).toString() });
      response.writeHead(204).end();
    }),
  ).listen(0, "127.0.0.1");
  await once(receiver, "listening");
  target = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/in`;
  const secret = `whsec_${Buffer.from("k".repeat(32)).toString("base64")}`;
  return { env: { DEVELOPMENT: "true", WEBHOOK_SECRET: secret } };
});

afterAll(() => void receiver.close());

/** The event that an operation ends with, as the SDK reads it. */
async function eventOf(body: object): Promise<CloudEvent<Record<string, unknown>>> {
  const { length } = received;
  const made = await on.client.json(`${on.served.url}/api/v1/operations`, {
    method: "POST",
    body: JSON.stringify({ ...body, webhook: target }),
  });
  expect(made.status).toBe(202);
  await eventually(() => expect(received.length).toBeGreaterThan(length));
  const { headers, body: text } = received[length] as Received;
  return HTTP.toEvent({ headers, body: text }) as CloudEvent<Record<string, unknown>>;
}

describe("cloudevents", () => {
  it("reads the end of an operation, whose monitor is the data", async () => {
    const event = await eventOf({ kind: "echo", input: { text: "grüße", n: [1] } });
    expect(event.validate()).toBe(true);
    const { data } = event;
    expect(event).toMatchObject({
      specversion: "1.0",
      id: `msg_${data?.id}`,
      source: `${on.served.url}/api/v1/operations`,
      type: "operation.succeeded",
      subject: data?.id,
      time: data?.finishedAt,
      datacontenttype: "application/json",
    });
    expect(data).toMatchObject({ status: "succeeded", result: { text: "grüße", n: [1] } });
  });

  it("tells apart by its type how an operation ended", async () => {
    const failed = await eventOf({
      kind: "simulate",
      input: { outcome: "fail", code: "no_funds" },
    });
    expect(failed.type).toBe("operation.failed");
    expect(failed.data).toMatchObject({ error: { code: "no_funds" } });
  });
});
