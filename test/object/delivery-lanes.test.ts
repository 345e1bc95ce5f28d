import { describe, expect, it } from "vitest";
import { DeliveryLanes } from "../../src/object/delivery-lanes.ts";

function entered(lanes: DeliveryLanes, hosts: readonly string[]): string[] {
  return hosts.filter((host) => lanes.enter(host));
}

describe("DeliveryLanes", () => {
  it("enter lets two to one host, and six in all", () => {
    const lanes = new DeliveryLanes();
    const hosts = ["a", "a", "a", "b", "b", "b", "c", "c", "d"];
    expect(entered(lanes, hosts)).toEqual(["a", "a", "b", "b", "c", "c"]);
    expect(lanes.size).toBe(6);
    expect(lanes.isFull).toBe(true);
    lanes.leave("b", true);
    expect(entered(lanes, ["a", "d", "d"])).toEqual(["d"]);
  });

  it("hosts that failed have one lane each and three together, until they answer well", () => {
    const lanes = new DeliveryLanes();
    for (const host of ["a", "b", "c", "d"]) {
      lanes.enter(host);
      lanes.leave(host, false);
    }
    expect(entered(lanes, ["a", "a", "b", "c", "d", "e", "e", "f", "f"])).toEqual([
      "a",
      "b",
      "c",
      "e",
      "e",
      "f",
    ]);
    for (const host of ["a", "b", "c", "e", "e", "f"]) lanes.leave(host, true);
    expect(lanes.size).toBe(0);
    expect(entered(lanes, ["a", "a", "d", "d"])).toEqual(["a", "a", "d"]);
  });
});
