import {
  authorizations,
  bodies,
  broken,
  headers,
  hosts,
  methods,
  paths,
  queries,
  Random,
} from "./pieces.ts";

/** Malformed is a request as it is written to a socket, one character for each byte. */
export interface Malformed {
  readonly text: string;
  /** The seed that makes it. */
  readonly seed: number;
}

/**
 * malformed makes a request that is wrong somewhere, or nearly right: of the pieces of good ones and
 * bad ones, in good order and bad.
 *
 * @param id an operation that there is
 */
export function malformed(seed: number, token: string, id: string): Malformed {
  const random = new Random(seed);
  const method = random.one(methods);
  const body = bodyOf(random);
  const lines = [
    `${method} ${targetOf(random, id)} ${random.chance(40) ? random.one(["HTTP/1.0", "HTTP/9.9", "", "HTTP/1.1 x"]) : "HTTP/1.1"}`,
    random.one(hosts),
    random.one(authorizations(token)),
    "Connection: close",
    ...Array.from({ length: random.below(4) }, () => random.one(headers)),
    ...framing(random, method, body.length),
  ];
  // Now and then a byte more, a byte less, or one that is another.
  let text = `${lines.join("\r\n")}\r\n\r\n${body}`;
  for (let times = random.chance(4) ? 1 + random.below(3) : 0; times > 0; times--) {
    const at = random.below(text.length);
    text = text.slice(0, at) + random.bytes(2) + text.slice(at + random.below(3));
  }
  return { seed, text };
}

function targetOf(random: Random, id: string): string {
  let path: string = random.one(paths);
  path = path.replace("ID", random.chance(3) ? random.one(broken) : id);
  if (random.chance(6)) {
    const at = random.below(path.length + 1);
    path = path.slice(0, at) + random.one(broken) + path.slice(at);
  }
  const count = random.chance(2) ? 0 : 1 + random.below(3);
  const query = Array.from({ length: count }, () => random.one(queries)).join("&");
  const target = count === 0 ? path : `${path}?${query}`;
  return random.chance(30) ? `http://elsewhere.test${target}` : target;
}

function bodyOf(random: Random): string {
  const body = random.one(bodies);
  return random.chance(10) ? body + random.bytes(20) : body;
}

/** How long the body is said to be: rightly, wrongly, twice, or in chunks. */
function framing(random: Random, method: string, length: number): string[] {
  if (method === "GET" && random.chance(2)) return [];
  switch (random.below(12)) {
    case 0:
      return [`Content-Length: ${length + 1 + random.below(50)}`];
    case 1:
      return [`Content-Length: ${random.one(["-1", "abc", "1e3", "99999999999999999999", ""])}`];
    case 2:
      return [`Content-Length: ${length}`, `Content-Length: ${length + 1}`];
    case 3:
      return [`Content-Length: ${length}`, "Transfer-Encoding: chunked"];
    case 4:
      return ["Transfer-Encoding: chunked"];
    case 5:
      return ["Transfer-Encoding: chunked, identity", "Transfer-Encoding: chunked"];
    case 6:
      return [];
    default:
      return ["Content-Type: application/json", `Content-Length: ${length}`];
  }
}
