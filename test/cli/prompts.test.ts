import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { needsInput } from "../../src/cli/prompts/needs-input.ts";
import { answering } from "../e2e/answering.ts";
import { kubecfg } from "./kubecfg.ts";
import { onTerminal } from "./terminal.ts";

const kinds = [
  {
    kind: "onboard",
    engine: "worker",
    description: "Opens an \u001b[31maccount.",
    inputSchema: {
      type: "object",
      required: ["email", "plan", "seats", "address"],
      properties: {
        email: { type: "string", minLength: 3, description: "Where to \u001b[31mwrite" },
        plan: { enum: ["free", "paid"] },
        seats: { type: "integer", minimum: 1, maximum: 50 },
        address: { type: "object", required: ["city"], properties: { city: { type: "string" } } },
        trial: { type: "boolean" },
        tags: { type: "array", items: { type: "string" }, default: ["new"] },
      },
    },
  },
  {
    kind: "tick",
    engine: "worker",
    description: "Needs nothing.",
    inputSchema: { type: "object" },
  },
  {
    kind: "it's; odd",
    engine: "worker",
    description: "Has a name that a shell would act on.",
    inputSchema: { type: "string" },
  },
];

let server: Server;
/** The bodies of the creates that were asked for, and the paths of all requests. */
const created: unknown[] = [];
const paths: string[] = [];

beforeAll(async () => {
  server = createServer(
    answering(async (request, response) => {
      paths.push(`${request.method} ${request.url}`);
      response.setHeader("content-type", "application/json");
      if (request.method === "GET") {
        response.end(JSON.stringify({ kinds }));
        return;
      }
      const body = JSON.parse(await text(request));
      created.push(body);
      const now = new Date().toISOString();
      const times = { createdAt: now, updatedAt: now, deadlineAt: now };
      const made = { id: "made-1", kind: body.kind, status: "pending", labels: {}, ...times };
      response
        .writeHead(202)
        .end(JSON.stringify({ ...made, metadata: {}, attempt: 0, version: 1 }));
    }),
  ).listen(0, "127.0.0.1");
  await once(server, "listening");
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const env = () => ({
  KUBECFG_HOST: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
  KUBECFG_TOKEN: "t",
});

describe("kubecfg create on a terminal", () => {
  it("asks for each member that a needed input has to have, and for others that are chosen", async () => {
    created.length = 0;
    const terminal = onTerminal(["create", "onboard"], { env: env() });
    await terminal.seen(/email \(Where to \\x1b\[31mwrite\)/);
    terminal.type("a\r");
    await terminal.seen(/Enter at least 3 characters/);
    terminal.type("@b's\r");
    await terminal.seen(/plan[\s\S]*free[\s\S]*paid/);
    terminal.type("\u001b[B\r");
    await terminal.seen(/seats/);
    terminal.type("51\r");
    await terminal.seen(/It is more than 50/);
    terminal.type("\u00155\r");
    await terminal.seen(/address\.city/);
    terminal.type("Ulm\r");
    await terminal.seen(
      /Which optional fields to set\?[\s\S]*trial[\s\S]*tags \(default \["new"\]\)/,
    );
    // The first of them.
    terminal.type(" \r");
    await terminal.seen(/trial[\s\S]*\(Y\/n\)/);
    terminal.type("n\r");
    const { status, text: shown } = await terminal.ended;
    expect(status).toBe(0);
    const input = {
      email: "a@b's",
      plan: "paid",
      seats: 5,
      address: { city: "Ulm" },
      trial: false,
    };
    expect(created).toEqual([{ kind: "onboard", input, labels: {} }]);
    expect(terminal.raw).not.toContain("\u001b[31maccount");
    expect(terminal.raw).not.toContain("\u001b[31mwrite");
    const again = /The same without prompts: kubecfg create (\S+) --input '([\s\S]+)'\r?\n/.exec(
      shown,
    );
    expect(JSON.parse(again?.[2]?.replaceAll("'\\''", "'").replaceAll("\r\n", "") ?? "")).toEqual(
      input,
    );
  });

  it("quotes a kind in the line to copy", async () => {
    const terminal = onTerminal(["create", "it's; odd"], { env: env() });
    await terminal.seen(/input/);
    terminal.type("a b\r");
    const { text: shown } = await terminal.ended;
    expect(shown.replaceAll("\r\n", "")).toContain(
      `kubecfg create 'it'\\''s; odd' --input '"a b"'`,
    );
  });

  it("asks which kind, where none is named", async () => {
    created.length = 0;
    const terminal = onTerminal(["create"], { env: env() });
    await terminal.seen(/Kind[\s\S]*onboard[\s\S]*tick/);
    terminal.type("\u001b[B\r");
    expect((await terminal.ended).status).toBe(0);
    expect(created).toEqual([{ kind: "tick", labels: {} }]);
  });

  it("asks nothing where the input is given, or none is needed", async () => {
    for (const args of [["onboard", "--input", "{}"], ["tick"]]) {
      expect((await onTerminal(["create", ...args], { env: env() }).ended).status).toBe(0);
    }
    expect(created.slice(-2)).toEqual([
      { kind: "onboard", input: {}, labels: {} },
      { kind: "tick", labels: {} },
    ]);
  });

  it("creates nothing where a question is left with Ctrl-C", async () => {
    created.length = 0;
    const terminal = onTerminal(["create", "onboard"], { env: env() });
    await terminal.seen(/email/);
    terminal.type("\x03");
    expect((await terminal.ended).status).toBe(130);
    expect(created).toEqual([]);
  });
});

describe("kubecfg create in a pipe", () => {
  it("asks nobody, and costs no further request", async () => {
    paths.length = 0;
    expect((await kubecfg(["create", "onboard"], { env: env() })).status).toBe(0);
    expect(paths).toEqual(["POST /api/v1/operations"]);
    const none = await kubecfg(["create"], { env: env() });
    expect(none).toEqual({
      status: 2,
      stdout: "",
      stderr: "kubecfg: missing required argument 'kind'; see kubecfg create --help\n",
    });
  });
});

describe("needsInput", () => {
  it.each([
    [{}, false],
    [true, false],
    [{ type: "object" }, false],
    [{ type: "object", properties: { a: {} }, required: [] }, false],
    [{ type: "object", required: ["a"] }, true],
    [{ type: "string" }, true],
    [{ enum: [1] }, true],
    [{ anyOf: [{ type: "string" }, { type: "object" }] }, false],
    [{ anyOf: [{ type: "string" }, { type: "object", required: ["a"] }] }, true],
  ])("of %j is %j", (schema, needs) => {
    expect(needsInput(schema)).toBe(needs);
  });
});
