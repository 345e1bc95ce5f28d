import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import { Logger } from "../../../src/base/log.ts";
import type { Created, Reply } from "../../../src/core/reply.ts";
import { JoinedObject } from "../../../src/map/joining/joined-object.ts";
import type { TenantPlace } from "../../../src/map/place.ts";
import { alteredObjects, lacking } from "../../edge/altered-objects.ts";
import { command } from "../../object/commands.ts";
import { deployment } from "../../object/deployment.ts";

/** A place whose objects are as altered, and what is asked of them, in order. */
function placeOf(tenant: string, objects: typeof env.OPERATIONS, joins = true) {
  const calls: string[] = [];
  const getByName = (name: string) =>
    new Proxy(objects.getByName(name), {
      get: (stub, method) => {
        calls.push(String(method));
        return (stub as unknown as Record<string, unknown>)[String(method)];
      },
    });
  const place = {
    deployment,
    env: { ...env, OPERATIONS: { getByName } },
    config: { jurisdiction: undefined },
    tenant,
    log: new Logger("test"),
    joins,
    keep: () => {},
  };
  return { place: place as unknown as TenantPlace, calls };
}

const opOf = (reply: Reply<Created>) => (reply.error ? undefined : reply.op);

const today = alteredObjects(() => undefined);
const eight = Array.from({ length: 8 });

describe("JoinedObject", () => {
  test("creates and reads that come together are few calls to the object", async () => {
    const { place, calls } = placeOf("joined", today);
    const made = await Promise.all(
      eight.map(() => new JoinedObject(place, 0).create(command(), 500)),
    );
    expect(new Set(made.map((reply) => opOf(reply)?.id)).size).toBe(8);
    expect(made.map((reply) => opOf(reply)?.status)).toEqual(eight.map(() => "succeeded"));
    expect(calls).toEqual(["create", "create", "callMany"]);
    calls.length = 0;
    const ids = made.map((reply) => opOf(reply)?.id ?? "");
    const read = await Promise.all(ids.map((id) => new JoinedObject(place, 0).read(id)));
    expect(read.map((text) => JSON.parse(text).op.id)).toEqual(ids);
    expect(calls).toEqual(["read", "read", "callMany"]);
  });

  test("objects that run older code get each call by itself", async () => {
    const { place, calls } = placeOf("joined-old", lacking("callMany"));
    const made = await Promise.all(
      eight.map(() => new JoinedObject(place, 0).create(command(), 500)),
    );
    expect(made.map((reply) => opOf(reply)?.status)).toEqual(eight.map(() => "succeeded"));
    expect(calls.filter((method) => method === "create").length).toBe(8);
    const ids = made.map((reply) => opOf(reply)?.id ?? "");
    const read = await Promise.all(ids.map((id) => new JoinedObject(place, 0).read(id)));
    expect(read.map((text) => JSON.parse(text).op.id)).toEqual(ids);
  });

  test("what is asked from inside of a Worker travels alone", async () => {
    const { place, calls } = placeOf("joined-inside", today, false);
    await Promise.all(eight.map(() => new JoinedObject(place, 0).create(command())));
    expect(calls).toEqual(eight.map(() => "create"));
  });

  test("calls to two objects, and of two environments, do not wait for one another", async () => {
    const [one, other] = [placeOf("joined-a", today), placeOf("joined-b", today)];
    const create = (place: TenantPlace) => new JoinedObject(place, 0).create(command());
    const asked = [one, one, other, other].map(({ place }) => create(place));
    expect([one.calls, other.calls]).toEqual([
      ["create", "create"],
      ["create", "create"],
    ]);
    await Promise.all(asked);
  });
});
