import { describe, expect, it } from "vitest";
import { ok } from "../../src/base/result.ts";
import { bad } from "../../src/config/reader.ts";
import {
  isBase,
  parseDsn,
  parseOrigin,
  parseOrigins,
  parseSecretUrl,
} from "../../src/config/urls.ts";

describe("parseOrigin", () => {
  it.each([
    ["https://example.com", "https://example.com"],
    ["HTTP://Example.COM/", "http://example.com"],
    ["https://a-b_c.test", "https://a-b_c.test"],
    ["https://a.test:443", "https://a.test"],
    ["http://a.test:80", "http://a.test"],
    ["http://a.test:443", "http://a.test:443"],
    ["https://a.test:80", "https://a.test:80"],
    ["https://a.test:65535", "https://a.test:65535"],
    ["https://a.test:08443", "https://a.test:8443"],
    ["http://[::1]:8080", "http://[::1]:8080"],
    ["http://[::FFFF:1.2.3.4]", "http://[::ffff:1.2.3.4]"],
  ])("of %s is %s", (text, value) => {
    expect(parseOrigin(text)).toEqual(ok(value));
  });

  it.each([
    "",
    "example.com",
    "xhttps://a.test",
    "https:/a.test",
    "https://a.test/x",
    "https://a.test//",
    "https://a.test:65536",
    "https://a.test:000443",
    "https://a.test:https",
    "https://[::1",
    "https://[a.test]",
    "https://[]",
    "https://a.test x",
  ])("refuses %j", (text) => {
    expect(parseOrigin(text)).toEqual(
      bad(`must be an origin such as https://example.com, not ${JSON.stringify(text)}`),
    );
  });
});

describe("parseOrigins", () => {
  it("reads what commas separate, without blanks and gaps", () => {
    expect(parseOrigins(" https://a.test ,, http://b.test")).toEqual(
      ok(["https://a.test", "http://b.test"]),
    );
    expect(parseOrigins(" , ")).toEqual(ok([]));
  });

  it("tells everything that is wrong", () => {
    expect(parseOrigins("a,https://b.test,c")).toMatchObject({
      failure: ["a", "c"].map(
        (text) => `must be an origin such as https://example.com, not "${text}"`,
      ),
    });
  });
});

describe("parseSecretUrl", () => {
  it.each(["http://a.test", "https://u:p@a.test/x?y#z", "HTTPS://é.test"])("reads %s", (value) => {
    expect(parseSecretUrl(value)).toEqual(ok(value));
  });

  it.each([
    "https://",
    "http:/a.test",
    "ftp://a.test",
    "x https://a.test",
    "xhttps://a.test",
    "https://a.test x",
    "https://a.test\n",
    "https://a.test\u0000",
    "httpss://a.test",
  ])("refuses %j and tells nothing of it", (text) => {
    expect(parseSecretUrl(text)).toEqual(bad("must be an http(s) URL"));
  });
});

describe("parseDsn", () => {
  it.each([
    "https://key@o1.sentry.test/7",
    "http://key:secret@sentry.test/123",
    "https://k@sentry-1.test:9000/7",
    "https://k@[::1]/7",
    "https://k@[fe80::1]:9000/a/b/42",
  ])("reads %s", (value) => {
    expect(parseDsn(value)).toEqual(ok(value));
  });

  it.each([
    "xhttps://k@a.test/1",
    "httpss://k@a.test/1",
    "ftp://k@a.test/1",
    "https://a.test/1",
    "https://@a.test/1",
    "https://k:@a.test/1",
    "https://k-1@a.test/1",
    "https://k:s-1@a.test/1",
    "https://k@/1",
    "https://k@a b/1",
    "https://k@[]/1",
    "https://k@[::1/1",
    "https://k@[a/b]/1",
    "https://k@a.test:/1",
    "https://k@a.test:port/1",
    "https://k@a.test:123456/1",
    "https://k@a.test",
    "https://k@a.test/",
    "https://k@a.test/x1",
    "https://k@a.test/a b/1",
    "https://k@a.test/1x",
    "https://k@a.test/1\n",
  ])("refuses %j and tells nothing of it", (text) => {
    expect(parseDsn(text)).toEqual(bad("must be a DSN such as https://key@host/1"));
  });
});

describe("isBase", () => {
  it.each([
    "https://crm.test",
    "HTTP://CRM.test/V1/",
    "http://127.0.0.1:65535/a",
    "https://[::1]:8080/",
    "https://crm.test/...",
    "https://crm.test/.a/b./a..b/%2e%2e%2e/%2ea",
    "https://crm.test/a@b:c",
  ])("takes %s", (text) => {
    expect(isBase(text)).toBe(true);
  });

  it.each([
    "",
    "crm.test",
    "xhttps://crm.test",
    "https://crm.test:65536/",
    "https://crm.test/.",
    "https://crm.test/%2E",
    "https://crm.test/a/%2e./b",
    "https://crm.test/a/..",
    "https://crm.test/a b",
    "https://crm.test/a\tb",
    "https://crm.test/a\u007f",
    "https://crm.test/a?b",
    "https://crm.test/a#b",
    "https://crm.test/a\\b",
    "https://crm.test/a\n",
  ])("refuses %j", (text) => {
    expect(isBase(text)).toBe(false);
  });
});
