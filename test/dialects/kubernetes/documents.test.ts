import { describe, expect, test, vi } from "vitest";
import { OperationsObject } from "../../../src/object/operations-object.ts";
import { freshTenant, tenant } from "../../edge/fresh-tenant.ts";
import { ask, base, ended, expectFailure, idsOf, service, sync } from "./wire-of-2014.ts";

freshTenant({ clock: true });

describe("the storages", () => {
  test.each([
    ["pods", "Pod", "PodList", "items"],
    ["services", "Service", "ServiceList", "items"],
    ["replicationControllers", "ReplicationController", "ReplicationControllerList", "items"],
    ["minions", "Minion", "MinionList", "minions"],
  ])("%s: create, list, get, update and delete", async (storage, kind, list, member) => {
    const empty = await ask(tenant, "GET", `/${storage}${sync}`);
    expect([empty.status, empty.body]).toEqual([200, { kind: list, [member]: [] }]);

    const made = await ask(tenant, "POST", `/${storage}${sync}`, { kind, id: "a", own: { n: 1 } });
    expect(made).toMatchObject({
      status: 200,
      body: { kind, id: "a", own: { n: 1 }, selfLink: `${base}/${storage}/a` },
    });
    const listed = await ask(tenant, "GET", `/${storage}`);
    expect(listed.body).toEqual({ kind: list, [member]: [made.body] });
    expect((await ask(tenant, "GET", `/${storage}/a${sync}`)).body).toEqual(made.body);

    vi.setSystemTime(Date.now() + 60_000);
    const changed = await ask(tenant, "PUT", `/${storage}/a${sync}`, {
      ...made.body,
      own: { n: 2 },
    });
    expect(changed.status).toBe(200);
    expect(changed.body).toEqual({
      ...made.body,
      own: { n: 2 },
      resourceVersion: changed.body.resourceVersion,
    });
    expect(Number(changed.body.resourceVersion)).toBeGreaterThan(Number(made.body.resourceVersion));
    expect((await ask(tenant, "GET", `/${storage}/a`)).body).toEqual(changed.body);

    const gone = await ask(tenant, "DELETE", `/${storage}/a${sync}`);
    expect([gone.status, gone.body]).toEqual([200, { kind: "Status", status: "success" }]);
    expectFailure(await ask(tenant, "GET", `/${storage}/a`), 404, /^Cannot find "a" in /);
    expect((await ask(tenant, "GET", `/${storage}/`)).body).toEqual({ kind: list, [member]: [] });
  });

  test("do not see each other's documents", async () => {
    await ask(tenant, "POST", `/services${sync}`, service);
    expect((await ask(tenant, "GET", "/pods")).body).toEqual({ kind: "PodList", items: [] });
    expectFailure(await ask(tenant, "GET", "/pods/redis"), 404, /^Cannot find "redis" in pods$/);
  });

  test.each([
    ["", ["a", "b", "c"]],
    ["?labels=", ["a", "b", "c"]],
    ["?labels=tier%3Dfront", ["a", "b"]],
    ["?labels=tier==front,env!=prod", ["b"]],
    ["?labels=tier!%3Dfront", ["c"]],
    ["?labels=tier=front,&unknown=1&watch=true", ["a", "b"]],
    ["?labels=tier=none", []],
  ])("list selects by %s", async (query, ids) => {
    await ask(tenant, "POST", `/pods${sync}`, { id: "a", labels: { tier: "front", env: "prod" } });
    await ask(tenant, "POST", `/pods${sync}`, { id: "b", labels: { tier: "front" } });
    await ask(tenant, "POST", `/pods${sync}`, { id: "c" });
    const listed = await ask(tenant, "GET", `/pods${query}`);
    expect([listed.status, idsOf(listed)]).toEqual([200, ids]);
  });

  test("a bad selector is 400", async () => {
    expectFailure(
      await ask(tenant, "GET", "/pods?labels=a"),
      400,
      /^labels: must be name=value .*"a"$/,
    );
  });

  test("list goes on where one page of the object ends", async () => {
    const key = (n: number) => `p${String(n).padStart(4, "0")}`;
    const writes = Array.from({ length: 501 }, (_, n) =>
      ask(tenant, "POST", "/pods", { id: key(n) }),
    );
    const made = await Promise.all(writes);
    await Promise.all(made.map(({ body }) => ended(tenant, body.details ?? "")));
    expect(idsOf(await ask(tenant, "GET", "/pods"))).toEqual(made.map((_, n) => key(n)));
  });

  test.each([
    ["no page", [], []],
    ["the middle page", ["a", "c"], ["a", "c"]],
    ["the first pages", ["c"], ["c"]],
    ["the last pages", ["a"], ["a"]],
  ])("list is whole where of three pages but %s has nothing", async (_, filled, expected) => {
    const next: Record<string, string> = { "": "a", a: "b", b: "c" };
    vi.spyOn(OperationsObject.prototype, "documents").mockImplementation(({ after = "" }) => {
      const id = next[after] ?? "";
      const documents = filled.includes(id) ? [JSON.stringify({ id })] : [];
      return id === "c" ? { documents } : { documents, next: id };
    });
    expect(idsOf(await ask(tenant, "GET", "/pods"))).toEqual(expected);
  });

  test("a document larger than a monitor shows is answered whole", async () => {
    const text = "é".repeat(100_000);
    const made = await ask(tenant, "POST", `/pods${sync}`, { id: "large", text });
    expect([made.status, made.body.text === text]).toEqual([200, true]);
    expect((await ask(tenant, "GET", "/pods/large")).body.text === text).toBe(true);
  });
});

describe("what is refused at once, with nothing stored", () => {
  test.each([
    ["POST", "/services", '{"kind":', 400, /^Cannot parse the body/],
    ["POST", "/services", "", 400, /^The body is empty$/],
    ["POST", "/services", "[]", 400, /expected object/i],
    ["POST", "/services", { ...service, kind: "Pod" }, 400, /^kind: must be Service, not "Pod"$/],
    ["POST", "/services", { ...service, id: "" }, 400, /^id: must be /],
    ["POST", "/services", { kind: "Service" }, 400, /^id: /],
    ["POST", "/services", { id: 1, labels: 2 }, 400, /^id: .*; labels: /],
    ["POST", "/services", { id: "a", __proto__x: 1, resourceVersion: 1.5 }, 400, /^resourceVers/],
    ["POST", "/services", { id: "a", text: "x".repeat(262_144) }, 413, /larger than 262144/],
    ["POST", "/services", "x".repeat(1_048_577), 413, /larger than 1048576 bytes/],
    ["PUT", "/services/other", service, 400, /^id: must be "other", as in the path, not "redis"$/],
    ["PUT", "/services/redis", service, 404, /^Cannot find "redis" in services$/],
    ["DELETE", "/services/redis", undefined, 404, /^Cannot find "redis" in services$/],
    ["POST", "/endpoints", { id: "a" }, 404, /^Cannot find that path$/],
  ])("%s %s %#", async (method, path, body, status, details) => {
    for (const query of ["", sync]) {
      expectFailure(await ask(tenant, method, `${path}${query}`, body), status, details);
    }
    expect(await tenant.ids()).toEqual([]);
    expect((await ask(tenant, "GET", "/services")).body.items).toEqual([]);
  });

  test("creating what exists, and updating another revision than the present", async () => {
    const made = await ask(tenant, "POST", `/services${sync}`, service);
    for (const query of ["", sync]) {
      const exists = await ask(tenant, "POST", `/services${query}`, { ...service, port: 1 });
      expectFailure(exists, 409, /^Cannot create "redis" in services: it exists$/);
      const stale = { ...service, resourceVersion: 1 };
      const changed = await ask(tenant, "PUT", `/services/redis${query}`, stale);
      expectFailure(changed, 409, /^Cannot update "redis" in services: it is at \d+, not 1$/);
    }
    expect(await tenant.ids()).toHaveLength(1);
    expect((await ask(tenant, "GET", "/services/redis")).body).toEqual(made.body);
    // As the clients of then write it that do not know one.
    expect(
      (await ask(tenant, "PUT", `/services/redis${sync}`, { ...service, resourceVersion: 0 }))
        .status,
    ).toBe(200);
  });

  test("a body of another type than JSON, where it names one", async () => {
    const headers = { "content-type": "application/x-www-form-urlencoded" };
    expectFailure(
      await ask(tenant, "POST", "/pods", '{"id":"a"}', { headers }),
      415,
      /application\/json/,
    );
    const json = { "content-type": "application/json" };
    expect((await ask(tenant, "POST", "/pods", '{"id":"a"}', { headers: json })).status).toBe(202);
  });
});
