/**
 * IPv4 networks that are not the public internet, as address and prefix length. Source: IANA's
 * IPv4 Special-Purpose Address Registry; multicast and the reserved class E; Azure's own host.
 */
const specialIpv4: readonly (readonly [string, number])[] = [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["168.63.129.16", 32],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.31.196.0", 24],
  ["192.52.193.0", 24],
  ["192.88.99.0", 24],
  ["192.168.0.0", 16],
  ["192.175.48.0", 24],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 4],
  ["240.0.0.0", 4],
];

/**
 * Inside 2000::/3, IPv6's global unicast, the networks that are not hosts of the public internet:
 * protocol assignments with Teredo, documentation, and 6to4, which carries an IPv4 address.
 * Everything outside it is refused: loopback, mapped and translated IPv4, link-local, unique local,
 * multicast. Source: IANA's IPv6 Special-Purpose Address Registry.
 */
const specialIpv6: readonly (readonly [readonly number[], number])[] = [
  [[0x2001, 0x0000], 23],
  [[0x2001, 0x0db8], 32],
  [[0x2002, 0x0000], 16],
  [[0x2620, 0x004f], 32],
  [[0x3fff, 0x0000], 20],
];

/** Last labels of names that have a meaning only inside a network, or none. */
const privateSuffixes = [
  "arpa",
  "cluster",
  "corp",
  "home",
  "internal",
  "intranet",
  "invalid",
  "lan",
  "local",
  "localdomain",
  "localhost",
  "mail",
  "onion",
  "private",
  "svc",
];

/**
 * isPublicAddress returns whether an IP address is on the public internet. It takes hosts as URL parsers write them:
 * four decimals, or IPv6 in brackets.
 */
export function isPublicAddress(host: string): boolean {
  if (!host.startsWith("[")) {
    const address = ipv4(host);
    return !specialIpv4.some(([network, length]) => isWithin(address, ipv4(network), length));
  }
  const groups = ipv6(host);
  if (groups === undefined || ((groups[0] ?? 0) & 0xe000) !== 0x2000) return false;
  const address = high(groups);
  return !specialIpv6.some(([network, length]) => isWithin(address, high(network), length));
}

/** isLoopbackAddress returns whether an IP address, in the same notation, is this machine. */
export function isLoopbackAddress(host: string): boolean {
  return host === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(host);
}

/** isPublicName returns whether a host name can be on the public internet. */
export function isPublicName(host: string): boolean {
  const labels = host.toLowerCase().replace(/\.$/, "").split(".");
  if (labels.length < 2 || labels.includes("")) return false;
  return !privateSuffixes.includes(labels.at(-1) ?? "");
}

/** isLoopbackName returns whether a host name is this machine (RFC 6761, 6.3). */
export function isLoopbackName(host: string): boolean {
  return /^(?:.+\.)?localhost\.?$/i.test(host);
}

/** The bits of an address as an unsigned number, hence without shifts. */
function ipv4(host: string): number {
  return host.split(".").reduce((address, part) => address * 256 + Number(part), 0);
}

/** The first 32 bits, which contain every prefix above. */
function high(groups: readonly number[]): number {
  return (groups[0] ?? 0) * 65_536 + (groups[1] ?? 0);
}

function isWithin(address: number, network: number, length: number): boolean {
  const size = 2 ** (32 - length);
  return Math.floor(address / size) === Math.floor(network / size);
}

/** The eight groups of an address in brackets. */
function ipv6(host: string): number[] | undefined {
  const [before = "", after] = host.slice(1, -1).split("::");
  const head = before === "" ? [] : before.split(":");
  const tail = after === undefined || after === "" ? [] : after.split(":");
  const gap = new Array<string>(Math.max(0, 8 - head.length - tail.length)).fill("0");
  const groups = [...head, ...(after === undefined ? [] : gap), ...tail];
  const numbers = groups.map((group) => Number.parseInt(group, 16));
  return numbers.length === 8 && numbers.every((group) => group <= 0xffff) ? numbers : undefined;
}
