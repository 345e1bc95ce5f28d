import { connect } from "node:net";

/** RawAnswer is an answer as it came over the wire. */
export interface RawAnswer {
  /** The line with the status. */
  readonly line: string;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

/** exchange sends the bytes of one request over a connection of its own, and reads the answer. */
export async function exchange(url: string, request: string): Promise<RawAnswer> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.write(request);
  let heard = "";
  try {
    // What is said here is ASCII, so no character is cut in two.
    for await (const piece of socket.setEncoding("latin1")) {
      heard += piece;
      const answer = whole(heard);
      if (answer) return answer;
    }
  } finally {
    socket.destroy();
  }
  throw new Error(`The answer broke off: ${heard}`);
}

/** An answer, once all of it is there. */
function whole(heard: string): RawAnswer | undefined {
  const end = heard.indexOf("\r\n\r\n");
  if (end < 0) return undefined;
  const [line = "", ...fields] = heard.slice(0, end).split("\r\n");
  const headers = new Map(
    fields.map((field) => {
      const [, name = "", value = ""] = /^([^:]+): ?(.*)$/.exec(field) ?? [];
      return [name.toLowerCase(), value];
    }),
  );
  const rest = heard.slice(end + 4);
  if (headers.get("transfer-encoding") === "chunked") {
    return rest.endsWith("0\r\n\r\n") ? { line, headers, body: joined(rest) } : undefined;
  }
  const length = Number(headers.get("content-length") ?? 0);
  return rest.length >= length ? { line, headers, body: rest.slice(0, length) } : undefined;
}

/** The content of a body in chunks (RFC 9112, 7.1). */
function joined(chunked: string): string {
  let body = "";
  for (let at = 0; ; ) {
    const end = chunked.indexOf("\r\n", at);
    const size = Number.parseInt(chunked.slice(at, end), 16);
    if (!(size > 0)) return body;
    body += chunked.slice(end + 2, end + 2 + size);
    at = end + 2 + size + 2;
  }
}
