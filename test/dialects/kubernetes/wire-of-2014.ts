import { expect, vi } from "vitest";
import { document } from "../../../src/kinds/document.ts";
import type { Call, Tenant } from "../../edge/tenant.ts";

/** base is where the wire of 2014 is spoken. */
export const base = "/api/v1beta1";

/** service is a document to write. */
export const service = { kind: "Service", id: "redis", port: 6379, labels: { name: "redis" } };

/** sync is the query that the old client sends with everything. */
export const sync = "?labels=&sync=true&timeout=10s";

/** Answer is what comes back on this wire. */
export interface Answer {
  readonly status: number;
  readonly body: {
    readonly kind?: string;
    readonly status?: string;
    readonly details?: string;
    readonly items?: readonly { readonly id: string }[];
    readonly [member: string]: unknown;
  };
  readonly headers: Headers;
}

/** answerOf reads an answer. */
export async function answerOf(response: Response): Promise<Answer> {
  expect(response.headers.get("content-type")).toBe("application/json");
  const body = (await response.json()) as Answer["body"];
  return { status: response.status, body, headers: response.headers };
}

/** ask sends a request on this wire, and its body as the old client does: without a type. */
export async function ask(
  tenant: Tenant,
  method: string,
  path: string,
  body?: unknown,
  call: Call = {},
): Promise<Answer> {
  const text = typeof body === "string" || body === undefined ? body : JSON.stringify(body);
  const bytes = text === undefined ? {} : { body: new TextEncoder().encode(text) };
  return answerOf(await tenant.send(`${base}${path}`, { method, ...bytes, ...call }));
}

/** expectFailure holds an answer against the shape of every failure. */
export function expectFailure(answer: Answer, status: number, details: RegExp): void {
  expect(answer).toMatchObject({
    status,
    body: { kind: "Status", status: "failure", details: expect.stringMatching(details) },
  });
  expect(Object.keys(answer.body)).toEqual(["kind", "status", "details"]);
}

/** idsOf are the ids of a list. */
export function idsOf({ body }: Answer): readonly string[] {
  return (body.items ?? []).map(({ id }) => id);
}

/** ended waits for the end of an operation, as the native API does. */
export async function ended(tenant: Tenant, id: string): Promise<void> {
  await tenant.get(`/operations/${id}?wait=20s`);
}

/** hold keeps the work of writes from writing, until it is stopped. */
export function hold(): void {
  vi.spyOn(document, "run").mockImplementation(
    (_, { signal }) => new Promise((resolve) => signal.addEventListener("abort", resolve)),
  );
}
