import { describe, expect, it } from "vitest";
import { ok } from "../../src/base/result.ts";
import { checkTarget } from "../../src/object/deliveries/webhook-target.ts";

const allowed = [
  "https://example.com/",
  "https://example.com/hooks/1?token=x",
  "https://EXAMPLE.com:443/a",
  "https://example.com:8443/",
  "https://example.com./",
  "https://xn--bcher-kva.example/",
  "https://localhost.example.com/",
  "https://internal.example.com/",
  "https://10.example.com/",
  "https://8.8.8.8/",
  "https://1.1.1.1:4443/",
  "https://9.255.255.255/",
  "https://11.0.0.0/",
  "https://100.63.255.255/",
  "https://100.128.0.0/",
  "https://126.255.255.255/",
  "https://128.0.0.1/",
  "https://169.253.255.255/",
  "https://169.255.0.0/",
  "https://172.15.255.255/",
  "https://172.32.0.0/",
  "https://192.167.255.255/",
  "https://192.169.0.0/",
  "https://198.17.255.255/",
  "https://198.20.0.0/",
  "https://223.255.255.255/",
  "https://[2606:4700:4700::1111]/",
  "https://[2a00:1450:4001:81b::200e]:8443/",
  "https://[2001:200::1]/",
];

const loopback = [
  "https://localhost/",
  "https://LOCALHOST/",
  "https://localhost./",
  "https://a.localhost/",
  "https://127.0.0.1/",
  "https://127.255.255.255/",
  "https://127.1/",
  "https://2130706433/",
  "https://0x7f000001/",
  "https://0x7f.0.0.1/",
  "https://0177.0.0.1/",
  "https://017700000001/",
  "https://%31%32%37.0.0.1/",
  "https://１２７.0.0.1/",
  "https://127。0。0。1/",
  "https://127.0.0.1./",
  "https://[::1]/",
  "https://[0:0:0:0:0:0:0:1]/",
  "https://[0000::0001]/",
];

const refused = [
  // This network, and private ones.
  "https://0.0.0.0/",
  "https://0/",
  "https://0.1.2.3/",
  "https://10.0.0.1/",
  "https://10.255.255.255/",
  "https://0xa000001/",
  "https://012.1/",
  "https://167772161/",
  "https://172.16.0.1/",
  "https://172.31.255.255/",
  "https://192.168.0.1/",
  "https://192.168.257/",
  "https://3232235777/",
  // Carrier-grade NAT, link-local, metadata.
  "https://100.64.0.1/",
  "https://100.127.255.255/",
  "https://100.100.100.200/",
  "https://169.254.169.254/latest/meta-data/",
  "https://169.254.0.1/",
  "https://2852039166/",
  "https://0xA9FEA9FE/",
  "https://0251.0376.0251.0376/",
  "https://168.63.129.16/",
  "https://192.0.0.192/",
  // Documentation, benchmarks, relays, multicast, reserved, broadcast.
  "https://192.0.2.1/",
  "https://198.51.100.1/",
  "https://203.0.113.1/",
  "https://198.18.0.1/",
  "https://198.19.255.255/",
  "https://192.88.99.1/",
  "https://224.0.0.1/",
  "https://239.255.255.250/",
  "https://240.0.0.1/",
  "https://255.255.255.255/",
  // IPv6: unspecified, mapped, compatible, translated, 6to4, Teredo.
  "https://[::]/",
  "https://[::ffff:127.0.0.1]/",
  "https://[::ffff:7f00:1]/",
  "https://[::ffff:10.0.0.1]/",
  "https://[::ffff:169.254.169.254]/",
  "https://[::127.0.0.1]/",
  "https://[::ffff:0:127.0.0.1]/",
  "https://[64:ff9b::127.0.0.1]/",
  "https://[64:ff9b:1::a00:1]/",
  "https://[2002:7f00:1::]/",
  "https://[2002:a00:1::1]/",
  "https://[2001::1]/",
  "https://[2001:0:4136:e378:8000:63bf:3fff:fdd2]/",
  // Unique local, link-local, site-local, multicast, discard, documentation, segment routing.
  "https://[fc00::1]/",
  "https://[fd00:ec2::254]/",
  "https://[fdff:ffff::1]/",
  "https://[fe80::1]/",
  "https://[febf::1]/",
  "https://[fec0::1]/",
  "https://[ff02::1]/",
  "https://[100::1]/",
  "https://[2001:db8::1]/",
  "https://[3fff::1]/",
  "https://[5f00::1]/",
  // Names of inside a network.
  "https://metadata/",
  "https://kubernetes/",
  "https://metadata.google.internal/computeMetadata/v1/",
  "https://METADATA.GOOGLE.INTERNAL./",
  "https://x.internal/",
  "https://printer.local/",
  "https://localhost.localdomain/",
  "https://router.lan/",
  "https://router.home.arpa/",
  "https://kubernetes.default.svc/",
  "https://kubernetes.default.svc.cluster.local/",
  "https://git.corp/",
  "https://wiki.intranet/",
  "https://x.onion/",
  "https://./",
  "https://example..com/",
  // Schemes.
  "http://example.com/",
  "http://8.8.8.8/",
  "ftp://example.com/",
  "file:///etc/passwd",
  "data:text/plain,x",
  "javascript:alert(1)",
  "ws://example.com/",
  "//example.com/",
  "example.com",
  "",
  // Credentials.
  "https://user@example.com/",
  "https://user:pass@example.com/",
  "https://:pass@example.com/",
  "https://example.com@127.0.0.1/",
  // Ports.
  "https://example.com:0/",
  "https://example.com:22/",
  "https://example.com:25/",
  "https://example.com:80/",
  "https://example.com:6379/",
  "https://example.com:10250/",
  "https://example.com:11211/",
  "https://example.com:65536/",
  // What parsers read away or differ on.
  " https://example.com/",
  "https://exam\tple.com/",
  "https://example.com/\n",
  "https:\\\\example.com/",
  "https://example.com\\@10.0.0.1/",
  "https://exa mple.com/",
  "https://[::1",
  "https://256.1.1.1/",
  "https://1.2.3.4.5/",
  `https://example.com/${"x".repeat(2_048)}`,
];

describe("checkTarget", () => {
  it.each(allowed)("checkTarget allows %s", (text) => {
    expect(checkTarget(text, false)).toEqual(ok(new URL(text).href));
    expect(checkTarget(text, true)).toEqual(ok(new URL(text).href));
  });

  it.each(refused)("checkTarget refuses %j, in development too", (text) => {
    expect(checkTarget(text, false)).toHaveProperty("ok", false);
    expect(checkTarget(text, true)).toHaveProperty("ok", false);
  });

  it.each(loopback)("checkTarget refuses %s, but for development, over http too", (text) => {
    expect(checkTarget(text, false)).toHaveProperty("ok", false);
    expect(checkTarget(text, true)).toEqual(ok(new URL(text).href));
    const plain = text.replace("https:", "http:");
    expect(checkTarget(plain, false)).toHaveProperty("ok", false);
    expect(checkTarget(plain, true)).toEqual(ok(new URL(plain).href));
  });

  it("checkTarget allows any port of this machine in development", () => {
    const text = "http://127.0.0.1:80/x";
    expect(checkTarget(text, true)).toEqual(ok("http://127.0.0.1/x"));
  });

  it("checkTarget refuses credentials in development too", () => {
    expect(checkTarget("http://a:b@127.0.0.1/", true)).toHaveProperty("ok", false);
  });
});
