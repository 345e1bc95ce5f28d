import { describe, expect, test } from "vitest";
import type { Created, Reply } from "../../../src/core/reply.ts";
import { JoinedObject, sharedByCreates } from "../../../src/map/joining/joined-object.ts";
import type { TenantPlace } from "../../../src/map/place.ts";
import { alteredObjects, lacking } from "../../edge/altered-objects.ts";
import { command } from "../../object/commands.ts";
import { placeOf } from "../place-of.ts";

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

  test("creates under load share an object, their lingering apart, and no other tenant's", async () => {
    const { place } = placeOf("joined-shared", today);
    const wide = { ...place, config: { ...place.config, createShards: 4 } };
    const many = Array.from({ length: 12 });
    const shared = (of: TenantPlace, linger = 0) => sharedByCreates(of, command(), linger);
    expect(shared(wide)).toBeUndefined();
    const made = many.map(() => new JoinedObject(wide, 0).create(command()));
    const chosen = shared(wide);
    // Two calls are under way to the first one.
    expect([1, 2, 3]).toContain(chosen);
    expect(shared(wide)).toBe(chosen);
    expect(shared(wide, 500)).toBeUndefined();
    expect(shared({ ...wide, tenant: "joined-other" })).toBeUndefined();
    expect(shared({ ...wide, joins: false })).toBeUndefined();
    await Promise.all(made);
  });

  test("creates of a kind that an object does few of at once do not share one, nor begin load", async () => {
    const { place } = placeOf("joined-limited", today);
    const config = { ...place.config, createShards: 4 };
    const env = { ...place.env, EXTERNAL_KINDS: "few:63, many:64" };
    const wide = { ...place, env, config };
    const of = (kind: string) => command({ kind, external: true });
    const creates = (kind: string) =>
      Array.from({ length: 12 }, (_, shard) => new JoinedObject(wide, shard).create(of(kind)));
    const few = creates("few");
    expect(sharedByCreates(wide, of("many"), 0)).toBeUndefined();
    const many = creates("many");
    expect(sharedByCreates(wide, of("many"), 0)).toBeDefined();
    expect(sharedByCreates(wide, of("few"), 0)).toBeUndefined();
    await Promise.all([...few, ...many]);
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
