import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { Scope } from "../../src/config/config.ts";
import { parseConfig } from "../../src/config/config.ts";
import { dialects } from "../../src/dialects/index.ts";
import { native } from "../../src/dialects/native/native.ts";
import { signTicket } from "../../src/edge/access/ticket.ts";
import { upgrade } from "../dialects/native/watching/watching.ts";
import { captureLog } from "./log-lines.ts";
import { send, sha256, Tenant } from "./tenant.ts";

// Every action of the table × everybody who must not get in × every place where they could say who
// they are. A new route is covered by itself.

const ticketSecret = "s".repeat(32);
/** What a ticket may read: one operation, its result and its changes. */
const open = ["", "/result", "/events", "/watch", "/output"].map(
  (end) => `/api/v1/operations/{id}${end}`,
);

interface Action {
  readonly method: string;
  readonly pattern: string;
  readonly scope: Scope;
  readonly ticket: "bearer" | "query" | undefined;
}

const actions: Action[] = [native, ...dialects]
  .flatMap(({ routes }) => routes)
  .flatMap(({ pattern, methods }) =>
    Object.entries(methods).flatMap(([method, { scope, ticket }]) =>
      (method === "ANY" ? ["GET", "POST", "DELETE"] : [method]).map((one) => ({
        method: one,
        pattern,
        scope,
        ticket,
      })),
    ),
  );

const scopes: readonly Scope[] = ["read", "write", "work"];

let owner: Tenant;
let id: string;
/** What other operation of the owner's a ticket is for. */
let otherId: string;
let config: Record<string, string>;
const tokens = { owner: "", stranger: "", lacking: new Map<Scope, string>() };
const tickets = { other: "", expired: "", forged: "", foreign: "" };
let refused = 0;

beforeAll(async () => {
  captureLog();
  vi.spyOn(globalThis, "fetch").mockRejectedValue(new Error("nobody is let in"));
  owner = await Tenant.make(scopes);
  ({ id } = await owner.create({ kind: "resize", input: { secret: "of the owner" } }));
  otherId = (await owner.create({ kind: "echo", startAfter: "1h" })).id;

  const stranger = await Tenant.make(scopes);
  const grants = { ...JSON.parse(owner.tokens), ...JSON.parse(stranger.tokens) };
  for (const scope of [...scopes, "admin"] as const) {
    const token = `lacks-${scope}-${crypto.randomUUID()}`;
    const rest = scopes.filter((other) => other !== scope);
    grants[await sha256(token)] = { tenant: owner.name, scopes: rest };
    tokens.lacking.set(scope, token);
  }
  tokens.lacking.set("admin", owner.token);
  tokens.owner = owner.token;
  tokens.stranger = stranger.token;
  config = { TOKENS: JSON.stringify(grants) };

  const expires = Math.floor(Date.now() / 1_000) + 600;
  const sign = (secret: string, tenant: string, operation: string, until = expires) => {
    const found = parseConfig({ TICKET_SECRET: secret });
    if (!found.ok) throw new Error("The secret is not good");
    return signTicket(found.value, { tenant, operation, expires: until });
  };
  tickets.other = await sign(ticketSecret, owner.name, otherId);
  tickets.expired = await sign(ticketSecret, owner.name, id, expires - 1_200);
  tickets.forged = await sign("x".repeat(32), owner.name, id);
  tickets.foreign = await sign(ticketSecret, stranger.name, id);
});

afterAll(() => {
  vi.restoreAllMocks();
});

/** Sends an action's request, about the owner's operation, with further headers and a query. */
async function ask(
  { method, pattern }: Action,
  headers: Readonly<Record<string, string>>,
  query = "",
): Promise<Response> {
  const path = pattern.replace("{id}", id).replace("{upstream}", "up").replace("*", "x");
  const isUpgrade = pattern.endsWith("/watch");
  const hasBody = !["GET", "DELETE"].includes(method);
  const response = await send(`${path}${query}`, {
    method,
    config,
    headers: { ...(isUpgrade && upgrade), ...headers },
    ...(hasBody && { json: {} }),
  });
  response.webSocket?.accept();
  response.webSocket?.close();
  return response;
}

async function expectRefused(
  action: Action,
  statuses: readonly number[],
  headers: Readonly<Record<string, string>>,
  query = "",
): Promise<void> {
  const response = await ask(action, headers, query);
  const text = await response.text();
  expect([headers, query, response.status]).toEqual([
    headers,
    query,
    statuses.includes(response.status) ? response.status : statuses,
  ]);
  expect(text).not.toContain("of the owner");
  for (const secret of [tokens.owner, tokens.stranger, ...Object.values(tickets)]) {
    expect(text).not.toContain(secret);
  }
  refused += 1;
}

const basic = (user: string, password: string) => `Basic ${btoa(`${user}:${password}`)}`;

describe.each(actions)("$method $pattern", (action) => {
  const { pattern, method, scope, ticket } = action;
  const isOpen = ticket !== undefined;

  test("refuses who says nothing, and what is no token", async () => {
    for (const authorization of [
      "",
      "Bearer",
      "Bearer ",
      "Bearer wrong",
      `Bearer ${tokens.owner}x`,
      `Bearer ${tokens.owner.toUpperCase()}`,
      `bearer  ${tokens.owner.slice(0, -1)}`,
      `Token ${tokens.owner}`,
      `Digest ${tokens.owner}`,
      tokens.owner,
      basic(tokens.owner, ""),
      basic(tokens.owner, "wrong"),
      "Basic %%%",
    ]) {
      await expectRefused(action, [401], authorization === "" ? {} : { authorization });
    }
  });

  test("takes a token nowhere but in Authorization", async () => {
    const { owner: token } = tokens;
    for (const name of ["token", "access_token", "ticket", "authorization"]) {
      await expectRefused(action, [401], {}, `?${name}=${token}`);
    }
    await expectRefused(action, [401], { cookie: `token=${token}; authorization=Bearer ${token}` });
    await expectRefused(action, [401], { "x-api-key": token, "proxy-authorization": token });
    await expectRefused(action, [401], {
      ...upgrade,
      "sec-websocket-protocol": `operations.v1, bearer.${token}`,
    });
  });

  test("refuses a token that lacks the scope", async () => {
    const lacking = tokens.lacking.get(scope) ?? "";
    await expectRefused(action, [403], { authorization: `Bearer ${lacking}` });
    await expectRefused(action, [403], { authorization: basic("any", lacking) });
  });

  test("shows another tenant nothing of the operation", async () => {
    for (const authorization of [`Bearer ${tokens.stranger}`, basic("x", tokens.stranger)]) {
      const response = await ask(action, { authorization });
      // The stranger's own changes never end.
      const isStream = response.headers.get("content-type") === "text/event-stream";
      if (isStream) await response.body?.cancel();
      const text = isStream ? "" : await response.text();
      // A document that is no document is refused before it is looked for, there or not.
      const isDocument = method === "PUT" && pattern.startsWith("/api/v1beta1/");
      if (isDocument) expect(response.status).toBe(400);
      else if (pattern.includes("{id}")) expect([pattern, response.status]).toEqual([pattern, 404]);
      else expect(text).not.toContain(id);
      expect(text).not.toContain("of the owner");
      refused += 1;
    }
  });

  test("refuses tickets that do not open it", async () => {
    const { other, expired, forged, foreign } = tickets;
    const outside = isOpen ? [404] : [403];
    for (const bearer of [other, foreign]) {
      await expectRefused(action, outside, { authorization: `Bearer ${bearer}` });
      await expectRefused(action, [401], { authorization: basic("any", bearer) });
      await expectRefused(action, [401], { cookie: `ticket=${bearer}` });
      const isBeside = ticket === "query";
      await expectRefused(action, isBeside ? [404] : [401], {}, `?ticket=${bearer}`);
      const offer = { ...upgrade, "sec-websocket-protocol": `operations.v1, bearer.${bearer}` };
      await expectRefused(action, outside, offer);
    }
    for (const bearer of [expired, forged, `${other}x`, other.replace(/\.[^.]+$/, ".")]) {
      await expectRefused(action, [401], { authorization: `Bearer ${bearer}` });
      await expectRefused(action, [401], {}, `?ticket=${bearer}`);
      const offer = { ...upgrade, "sec-websocket-protocol": `bearer.${bearer}` };
      await expectRefused(action, [401], offer);
    }
  });
});

test("a ticket opens of the native API what reads its one operation, and no more", () => {
  const opened = actions.filter(({ ticket, pattern }) => ticket && pattern.startsWith("/api/v1/"));
  expect(opened.map(({ method, pattern }) => `${method} ${pattern}`).sort()).toEqual(
    open.map((pattern) => `GET ${pattern}`).sort(),
  );
});

test("every one of them was refused, and nothing has changed", async () => {
  expect(refused).toBe(actions.length * 46);
  expect(globalThis.fetch).not.toHaveBeenCalled();
  const response = await send("/api/v1/operations", {
    config,
    headers: { authorization: `Bearer ${tokens.owner}` },
  });
  const { operations } = (await response.json()) as {
    operations: { id: string; version: number }[];
  };
  expect(operations.map((one) => [one.id, one.version])).toEqual([
    [otherId, 1],
    [id, 1],
  ]);
});
