import { expect } from "vitest";
import { eventually } from "../../eventually.ts";
import { type Place, type Scenario, three } from "../scenario.ts";

// The documents of the wire of 2014.

const base = "/api/v1beta1";
const sync = "?labels=&sync=true&timeout=20s";

interface Document {
  readonly id: string;
  readonly port: number;
  readonly resourceVersion: number;
}

function ask<T = Document>({ client }: Place, method: string, path: string, body?: object) {
  const text = body === undefined ? {} : { body: JSON.stringify(body) };
  return client.json<T>(`${base}${path}`, { method, ...text });
}

/** Made at the first place, changed at the second, changed again and deleted at the third. */
const written: Scenario = three(async (place, { mark }) => {
  const service = { kind: "Service", id: mark, port: 1, labels: { run: mark } };
  const made = await ask(place, "POST", `/services${sync}`, service);
  expect([made.status, made.body]).toEqual([200, expect.objectContaining(service)]);
  const change = async (at: Place, known: Document): Promise<Document> => {
    expect((await ask(at, "GET", `/services/${mark}`)).body).toEqual(known);
    const path = `/services?labels=run%3D${mark}`;
    const listed = await ask<{ items: Document[] }>(at, "GET", path);
    expect(listed.body.items).toEqual([known]);
    expect((await ask(at, "POST", `/services${sync}`, service)).status).toBe(409);
    const next = { ...known, port: known.port + 1 };
    const changed = await ask(at, "PUT", `/services/${mark}${sync}`, next);
    expect([changed.status, changed.body.port]).toEqual([200, next.port]);
    expect(changed.body.resourceVersion).toBeGreaterThan(known.resourceVersion);
    expect((await ask(at, "PUT", `/services/${mark}${sync}`, next)).status).toBe(409);
    return changed.body;
  };
  return async (middle) => {
    const second = await change(middle, made.body);
    return async (end) => {
      await change(end, second);
      expect((await ask(end, "DELETE", `/services/${mark}${sync}`)).status).toBe(200);
      expect((await ask(end, "GET", `/services/${mark}`)).status).toBe(404);
    };
  };
});

/** A write that is polled, and its operation in the list of them. */
const polled: Scenario = three(async (place, { mark }) => {
  const pod = { kind: "Pod", id: mark, labels: { run: mark } };
  const asked = await ask<{ details: string }>(place, "POST", "/pods", pod);
  expect(asked.status).toBe(202);
  const id = asked.body.details;
  const check = async (at: Place) => {
    const status = async () => (await ask(at, "GET", `/operations/${id}`)).status;
    await eventually(async () => expect(await status()).toBe(200));
    expect((await ask(at, "GET", `/operations/${id}`)).body).toMatchObject(pod);
    const { body } = await ask<{ items: { id: string }[] }>(at, "GET", "/operations");
    expect(body.items.map((item) => item.id)).toContain(id);
  };
  return async (middle) => {
    await check(middle);
    return check;
  };
});

export const documents: Readonly<Record<string, Scenario>> = {
  "a document": written,
  "the write of a document that is polled": polled,
};
