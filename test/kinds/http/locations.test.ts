import { describe, expect, it } from "vitest";
import { mappedLocation } from "../../../src/kinds/http/locations.ts";

const asked = {
  upstream: "crm",
  base: "https://crm.test/api/v1",
  url: "https://crm.test/api/v1/customers/7?full=1",
  publicUrl: "https://ops.test",
};
const root = { ...asked, base: "http://crm.test:8080", url: "http://crm.test:8080/a/b" };

describe("mappedLocation", () => {
  it.each([
    ["https://crm.test/api/v1/customers/8?a=%2F#part", "/api/proxy/crm/customers/8?a=%2F#part"],
    ["https://crm.test:443/api/v1/", "/api/proxy/crm/"],
    ["HTTPS://CRM.test/api/v1", "/api/proxy/crm"],
    ["/api/v1/jobs/1", "/api/proxy/crm/jobs/1"],
    ["//crm.test/api/v1/x", "/api/proxy/crm/x"],
    ["8", "/api/proxy/crm/customers/8"],
    ["../jobs/", "/api/proxy/crm/jobs/"],
    ["?page=2", "/api/proxy/crm/customers/7?page=2"],
    ["", "/api/proxy/crm/customers/7?full=1"],
    ["https://user:pass@crm.test/api/v1/x", "/api/proxy/crm/x"],
  ])("%s is within the base, and becomes %s", (location, mapped) => {
    expect(mappedLocation(location, asked)).toBe(mapped);
  });

  it.each([
    ["https://other.test/api/v1/x", "https://other.test/api/v1/x"],
    ["http://crm.test/api/v1/x", "http://crm.test/api/v1/x"],
    ["https://crm.test:444/api/v1/x", "https://crm.test:444/api/v1/x"],
    ["/login", "https://crm.test/login"],
    ["/api/v10/x", "https://crm.test/api/v10/x"],
    ["../../../x", "https://crm.test/x"],
    ["/api/v1/..;/x", "https://crm.test/api/v1/..;/x"],
    ["mailto:a@b.test", "mailto:a@b.test"],
    ["http://[", "http://["],
  ])("%s is not, and is %s", (location, left) => {
    expect(mappedLocation(location, asked)).toBe(left);
  });

  it("a base that is a bare origin has all of it", () => {
    expect(mappedLocation("/x", root)).toBe("/api/proxy/crm/x");
    expect(mappedLocation("c", root)).toBe("/api/proxy/crm/a/c");
    expect(mappedLocation("http://crm.test/x", root)).toBe("http://crm.test/x");
  });

  it("what an upstream makes of this service's own origin is its own", () => {
    expect(mappedLocation("https://ops.test/api/v1/x", asked)).toBe("/api/proxy/crm/x");
    expect(mappedLocation("https://ops.test/api/proxy/crm/x?a", asked)).toBe("/api/proxy/crm/x?a");
    expect(mappedLocation("https://ops.test/static/", asked)).toBe("https://ops.test/static/");
    expect(mappedLocation("https://ops.test/x", root)).toBe("/api/proxy/crm/x");
  });
});
