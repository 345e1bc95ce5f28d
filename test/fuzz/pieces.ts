/** Random is a seeded source of choices: the same seed makes the same requests. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** below returns a whole number from 0 up to and without `limit` (mulberry32). */
  below(limit: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  }

  /** one returns one of some values. */
  one<T>(values: readonly T[]): T {
    return values[this.below(values.length)] as T;
  }

  /** chance says yes in one of `times`. */
  chance(times: number): boolean {
    return this.below(times) === 0;
  }

  /** bytes returns a text of up to `limit` characters from 0 to 255. */
  bytes(limit: number): string {
    const length = this.below(limit + 1);
    return Array.from({ length }, () => String.fromCharCode(this.below(256))).join("");
  }
}

/** methods are those of the API, those that HTTP knows besides, and those that nobody does. */
export const methods = [
  ..."GET GET GET POST POST POST PATCH DELETE PUT HEAD OPTIONS".split(" "),
  ..."TRACE PROPFIND get G\u0000T POST/1 FOO".split(" "),
] as const;

/** paths are routes, made and unmade; `ID` stands for an operation that there is. */
export const paths = [
  "/api/v1/operations",
  "/api/v1/operations/ID",
  "/api/v1/operations/ID/result",
  "/api/v1/operations/ID/input",
  "/api/v1/operations/ID/attempts",
  "/api/v1/operations/ID/deliveries",
  "/api/v1/operations/ID:cancel",
  "/api/v1/operations/ID:input",
  "/api/v1/operations/ID:complete",
  "/api/v1/operations/ID:release",
  "/api/v1/operations/ID:fail",
  "/api/v1/operations/ID:tickets",
  "/api/v1/operations/ID:redeliver",
  "/api/v1/operations:batchGet",
  "/api/v1/operations:batchCreate",
  "/api/v1/operations:claim",
  "/api/v1/kinds",
  "/api/v1/stats",
  "/api/v1/trends",
  "/api/v1/openapi.json",
  "/api/v1beta1/operations",
  "/api/v1beta1/operations/ID",
  "/api/v1beta1/pods",
  "/api/v1beta1/pods/a",
  "/api/proxy/up/x",
  "/api/proxy/up/..%2f..%2f",
  "/api/proxy/none",
  "/api/healthz",
  "/problems/internal",
  "/static/",
  "/",
] as const;

/** broken are pieces that a path, a query or a value is made wrong with. */
export const broken = [
  "%",
  "%0",
  "%ff",
  "%00",
  "%2f",
  "%2e%2e",
  "..",
  "..;",
  "\\",
  "//",
  ":",
  ";a=b",
  "%c0%ae",
  "\u00e9",
  "a".repeat(3_000),
  "__proto__",
  "constructor",
  "#",
  "?",
  "%0d%0aX-Injected:%201",
] as const;

/** queries are parameters with good and bad values. */
export const queries = [
  "limit=1",
  "limit=0",
  "limit=1e9",
  "limit=-1",
  "status=failed",
  "status=nope",
  "kind=echo",
  "label=a:b",
  "label=:",
  "labels=a:b",
  "pageToken=AAAA",
  "pageToken=%00",
  "pageToken=MDFtODBkYW1uajAwMDAwMDBjMmJxeGRlOTlkNzhk",
  "order=sideways",
  "createdAfter=2026-01-01T00:00:00Z",
  "createdAfter=99999-99-99",
  "wait=1ms",
  "wait=0",
  "wait=-1s",
  "sync=true&timeout=1ms",
  "range=24h",
  "range=1y",
  "after=9",
  "after=0.zzzzzzzzzzz",
  "ticket=a.b.c",
  "%",
  "=&=&&",
] as const;

/** headers are lines, good and bad. */
export const headers = [
  "Accept: */*",
  "Prefer: wait=0",
  'Prefer: foo="a, wait=3',
  "Prefer: wait=99999999999999999999",
  "If-None-Match: *",
  'If-None-Match: "1", W/"2"',
  'If-Match: "99"',
  "If-Match: nonsense",
  "Range: bytes=0-0",
  "Range: bytes=-99999999999999999999",
  "Range: bytes=5-2,,1-",
  "Range: lines=1-2",
  'If-Range: "x"',
  "Idempotency-Key: a",
  "Idempotency-Key: ",
  `Idempotency-Key: ${"k".repeat(300)}`,
  "Idempotency-Key: \u00e9\u0001",
  "Operation-Id: a",
  "Last-Event-ID: -1",
  "Origin: null",
  "Origin: https://evil.test",
  "Sec-Fetch-Site: cross-site",
  "X-Request-Id: \u0007bell",
  "X-Forwarded-Host: evil.test",
  "Content-Encoding: gzip",
  "Content-Type: text/plain",
  'Content-Type: application/json; charset="utf-16"',
  "Expect: 100-continue",
  "Cookie: a=b",
  "No-Colon",
  " Folded: header",
  ": empty-name",
  "Bad Name: x",
  "Nul: a\u0000b",
  `Large: ${"x".repeat(20_000)}`,
  "Transfer-Encoding: gzip",
  "Connection: keep-alive, upgrade",
  "Upgrade: h2c",
] as const;

/** hosts are lines that say where a request goes. */
export const hosts = [
  ...Array<string>(80).fill("Host: localhost"),
  "Host: a b",
  "Host: localhost\r\nHost: other",
  "Host: %00",
  "Host: [::1",
  "Host: user@localhost",
  "Host: localhost:99999",
  "Host: ",
  "Host: xn--\u00fc",
] as const;

/** authorizations are lines that say who asks; most of them say so well, to get further. */
export const authorizations = (token: string): readonly string[] => [
  ...Array<string>(40).fill(`Authorization: Bearer ${token}`),
  `Authorization: Basic ${btoa(`u:${token}`)}`,
  "Authorization: Bearer wrong",
  "Authorization: Bearer",
  "Authorization: Basic %%%",
  "Authorization: Bearer a.b.c",
  `Authorization: Bearer ${"x".repeat(5_000)}`,
  "X-None: 1",
];

/** bodies are JSON, nearly JSON, and nothing of the sort. */
export const bodies = [
  '{"kind":"echo","input":1}',
  '{"kind":"echo","input":{"a":9007199254740993,"b":1e400}}',
  '{"kind":"simulate","input":{"outcome":"fail"}}',
  '{"kind":"simulate","input":{"outcome":"succeed","steps":99999999}}',
  '{"kind":"http","input":{"upstream":"up","path":"/../x"}}',
  '{"kind":"document","input":{}}',
  '{"kind":"none"}',
  '{"kind":"echo","ttl":"-1s"}',
  '{"kind":"echo","deadline":"99999999h"}',
  '{"kind":"echo","retry":{"maxAttempts":1e9}}',
  '{"kind":"echo","labels":{"__proto__":"x"}}',
  '{"kind":"echo","labels":{"\\ud800":"\\udc00"}}',
  '{"kind":"echo","metadata":{"a":"\\u0000"}}',
  '{"kind":"echo","webhook":"http://127.0.0.1/"}',
  '{"kind":"echo","kind":"simulate"}',
  '{"attempt":1,"result":1}',
  '{"attempt":-1,"error":{"code":"","message":""}}',
  '{"operations":[{"kind":"echo"},{"kind":1},null]}',
  '{"ids":["a","b",7]}',
  '{"kinds":["resize"],"max":0}',
  '{"kinds":["echo"]}',
  '{"kind":"Pod","id":"a"}',
  "[]",
  "null",
  '"text"',
  "0",
  "{",
  "[".repeat(5_000),
  `${"[".repeat(100)}${"]".repeat(100)}`,
  `{"kind":"echo","input":${"1".repeat(4_000)}}`,
  "\u00ff\u00fe\u0000{",
  "{\u0000}",
  "",
] as const;
