import { describe, expect, it } from "vitest";
import { maxDocument } from "../../../src/core/limits.ts";
import { decodeDocument } from "../../../src/dialects/kubernetes/document.ts";
import { type Storage, storages } from "../../../src/dialects/kubernetes/storages.ts";

const services = storages.find(({ name }) => name === "services") as Storage;

const decoded = (value: unknown, id?: string) =>
  decodeDocument(services, { value, exact: value }, "/api", id);

describe("storages", () => {
  it("are the four that the clients of 2014 know", () => {
    expect(storages.map(({ name, kind, list, member }) => [name, kind, list, member])).toEqual([
      ["pods", "Pod", "PodList", "items"],
      ["services", "Service", "ServiceList", "items"],
      ["replicationControllers", "ReplicationController", "ReplicationControllerList", "items"],
      ["minions", "Minion", "MinionList", "minions"],
    ]);
  });
});

describe("decodeDocument", () => {
  const selfLink = "/api/v1beta1/services/a";

  it.each([
    [
      { kind: "Service", id: "a" },
      { kind: "Service", id: "a", selfLink },
    ],
    [{ id: "a" }, { kind: "Service", id: "a", selfLink }],
    [
      { kind: "", id: "a" },
      { kind: "Service", id: "a", selfLink },
    ],
    [
      { id: "a", labels: { x: "y" }, port: 80, deep: { er: [null, { as: "it is" }] } },
      {
        kind: "Service",
        id: "a",
        labels: { x: "y" },
        port: 80,
        deep: { er: [null, { as: "it is" }] },
        selfLink,
      },
    ],
    [
      { id: "a", labels: null },
      { kind: "Service", id: "a", labels: null, selfLink },
    ],
    [
      { id: "a", creationTimestamp: "2001-01-01T00:00:00Z", selfLink: "/else", resourceVersion: 0 },
      { kind: "Service", id: "a", selfLink },
    ],
  ])("keeps of %j what is its own", (body, kept) => {
    const document = decoded(body);
    if (!document.ok) throw new Error(document.failure.message);
    expect(JSON.parse(document.value.document)).toEqual(kept);
    expect(document.value.id).toBe("a");
    expect(document.value).not.toHaveProperty("revision");
  });

  it("tells the revision that the sender saw", () => {
    expect(decoded({ id: "a", resourceVersion: 7 })).toMatchObject({ value: { revision: 7 } });
  });

  it.each(["a", "A", "7", "redis-master.1_x", "frontendController", "x".repeat(253)])(
    "takes the id %j",
    (id) => {
      expect(decoded({ id })).toMatchObject({ value: { id } });
    },
  );

  it.each([
    [null, ""],
    [[], ""],
    ["text", ""],
    [{}, "id"],
    [{ id: "" }, "id"],
    [{ id: 7 }, "id"],
    [{ id: "a/b" }, "id"],
    [{ id: "../a" }, "id"],
    [{ id: "a b" }, "id"],
    [{ id: "a\n" }, "id"],
    [{ id: "-a" }, "id"],
    [{ id: "a." }, "id"],
    [{ id: "ä" }, "id"],
    [{ id: "x".repeat(254) }, "id"],
    [{ id: "a", kind: "Pod" }, "kind"],
    [{ id: "a", kind: "service" }, "kind"],
    [{ id: "a", kind: 7 }, "kind"],
    [{ id: "a", labels: "x=y" }, "labels"],
    [{ id: "a", labels: { x: 1 } }, "labels.x"],
    [{ id: "a", resourceVersion: "7" }, "resourceVersion"],
    [{ id: "a", resourceVersion: -1 }, "resourceVersion"],
  ])("refuses %j at %j", (body, path) => {
    expect(decoded(body)).toMatchObject({
      failure: { code: "validation-failed", errors: [{ path }] },
    });
  });

  it("refuses an update whose id is not the path's, and takes one whose is", () => {
    expect(decoded({ id: "a" }, "a")).toMatchObject({ value: { id: "a" } });
    expect(decoded({ id: "a" }, "b")).toMatchObject({
      failure: { code: "validation-failed", message: 'id: must be "b", as in the path, not "a"' },
    });
  });

  it("refuses a document that is too large for its row", () => {
    const of = (size: number) => decoded({ id: "a", text: "x".repeat(size) });
    expect(of(maxDocument - 200)).toHaveProperty("value.document");
    expect(of(maxDocument)).toMatchObject({ failure: { code: "payload-too-large" } });
  });
});
