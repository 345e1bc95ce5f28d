import { once } from "node:events";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import protobuf from "protobufjs";
import { answering } from "../../e2e/answering.ts";

// A collector's side of OTLP over HTTP, which takes what the schema of OpenTelemetry allows and nothing else.
// The schema is that of github.com/open-telemetry/opentelemetry-proto (Apache-2.0), at v1.11.0-16-gac2c4b5.

const schema = new protobuf.Root();
schema.resolvePath = (_origin, file) => path.join(import.meta.dirname, file);
schema.loadSync("opentelemetry/proto/collector/trace/v1/trace_service.proto");
schema.resolveAll();
const requestType = schema.lookupType(
  "opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest",
);

/** Of protobufjs' own, whose types do not say what it can do. */
const Long = protobuf.util.Long as unknown as {
  fromString(text: string, unsigned: boolean): unknown;
};

/** TakenSpan is a span as a collector reads it. */
export interface TakenSpan {
  readonly traceId: string;
  readonly spanId: string;
  /** Empty of the first of a trace. */
  readonly parentSpanId: string;
  readonly traceState: string;
  readonly name: string;
  readonly kind: string;
  readonly isParentRemote: boolean;
  /** Milliseconds since 1970. */
  readonly start: number;
  readonly end: number;
  readonly attributes: Readonly<Record<string, unknown>>;
  /** What they say of the service. */
  readonly resource: Readonly<Record<string, unknown>>;
  readonly scope: string;
  readonly isError: boolean;
}

/** Told is a request as a collector gets it. */
export interface Told {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** Reply is what a collector says. */
export interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Collector is one on a loopback port. */
export interface Collector {
  readonly url: string;
  /** Every request so far, whatever it was answered. */
  readonly told: readonly Told[];
  /** The spans of those that were taken. */
  readonly spans: readonly TakenSpan[];
  /** What it says to the next requests, one each; then it takes what comes. */
  readonly replies: Reply[];
  close(): Promise<void>;
}

/** startCollector listens on a free loopback port. */
export async function startCollector(): Promise<Collector> {
  const told: Told[] = [];
  const spans: TakenSpan[] = [];
  const replies: Reply[] = [];
  const server = createServer(
    answering(async (request, response) => {
      const parts: Buffer[] = [];
      for await (const part of request) parts.push(part);
      const text = Buffer.concat(parts).toString();
      told.push({ path: request.url ?? "", headers: request.headers, text });
      const { status, headers, body = "{}" } = replies.shift() ?? { status: 200 };
      if (status === 200) spans.push(...spansOf(text));
      response.writeHead(status, { "content-type": "application/json", ...headers }).end(body);
    }),
  );
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    told,
    spans,
    replies,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

interface Attribute {
  readonly key: string;
  readonly value: Readonly<Record<string, unknown>>;
}

interface Decoded {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly Attribute[] };
    readonly scopeSpans: readonly {
      readonly scope: { readonly name: string; readonly version: string };
      readonly spans: readonly (Record<"traceId" | "spanId" | "parentSpanId", Uint8Array> & {
        readonly traceState: string;
        readonly name: string;
        readonly kind: string;
        readonly flags: number;
        readonly startTimeUnixNano: string;
        readonly endTimeUnixNano: string;
        readonly attributes: readonly Attribute[];
        readonly status: { readonly code: string };
      })[];
    }[];
  }[];
}

/**
 * spansOf reads an ExportTraceServiceRequest in JSON: by way of its binary form, so nothing is read that the
 * schema does not know.
 *
 * @throws Error for what is none
 */
export function spansOf(text: string): TakenSpan[] {
  const plain = plainOf(requestType, JSON.parse(text), "request") as Record<string, unknown>;
  const wrong = requestType.verify(plain);
  if (wrong !== null) throw new Error(wrong);
  const bytes = requestType.encode(requestType.create(plain)).finish();
  const options = { enums: String, longs: String, defaults: true };
  const { resourceSpans } = requestType.toObject(requestType.decode(bytes), options) as Decoded;
  return resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap(({ scope, spans }) =>
      spans.map((span) => ({
        traceId: hex(span.traceId, 16),
        spanId: hex(span.spanId, 8),
        parentSpanId: span.parentSpanId.length === 0 ? "" : hex(span.parentSpanId, 8),
        traceState: span.traceState,
        name: span.name,
        kind: span.kind,
        // Source: SpanFlags of trace.proto.
        isParentRemote: (span.flags & 0x300) === 0x300,
        start: Number(BigInt(span.startTimeUnixNano) / 1_000_000n),
        end: Number(BigInt(span.endTimeUnixNano) / 1_000_000n),
        attributes: attributesOf(span.attributes),
        resource: attributesOf(resource.attributes),
        scope: `${scope.name} ${scope.version}`,
        isError: span.status.code === "STATUS_CODE_ERROR",
      })),
    ),
  );
}

/** Ids stand in hexadecimal, unlike other bytes. Source: OTLP 1.x, "JSON Protobuf Encoding". */
const ids = ["traceId", "spanId", "parentSpanId"];

/**
 * The value of a message as protobufjs has it. Members are in lowerCamelCase, enums are integers, and integers
 * of 64 bits are decimal texts; where a double holds them, they may be numbers.
 */
function plainOf(type: protobuf.Type, value: unknown, at: string): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new Error(`${at} is no object`);
  }
  const entries = Object.entries(value).map(([name, member]) => {
    const field = type.fields[name];
    const place = `${at}.${name}`;
    if (!field) throw new Error(`${place} is unknown to the schema`);
    if (!field.repeated) return [name, fieldOf(field, member, place)];
    if (!Array.isArray(member)) throw new Error(`${place} is no list`);
    return [name, member.map((one, index) => fieldOf(field, one, `${place}[${index}]`))];
  });
  return Object.fromEntries(entries);
}

function fieldOf(field: protobuf.Field, value: unknown, at: string): unknown {
  if (field.resolvedType instanceof protobuf.Type) return plainOf(field.resolvedType, value, at);
  const isText = typeof value === "string";
  if (field.type === "bytes") {
    if (isText && ids.includes(field.name) && /^(?:[\da-f]{2})*$/.test(value)) {
      return Buffer.from(value, "hex");
    }
    throw new Error(`${at} is no id in hexadecimal`);
  }
  if (/64$/.test(field.type)) {
    const isWhole = isText ? /^-?\d{1,20}$/.test(value) : Number.isSafeInteger(value);
    if (!isWhole) throw new Error(`${at} is no integer`);
    return Long.fromString(String(value), /^(?:u|fixed)/.test(field.type));
  }
  if (field.resolvedType instanceof protobuf.Enum && !Number.isInteger(value)) {
    throw new Error(`${at} is not the integer of an enum`);
  }
  return value;
}

function attributesOf(attributes: readonly Attribute[]): Record<string, unknown> {
  const found = attributes.map(({ key, value }) => {
    const [[type, said] = ["", undefined]] = Object.entries(value).filter(([name]) =>
      /^(?:string|int|bool|double)Value$/.test(name),
    );
    return [key, type === "intValue" ? Number(said) : said] as const;
  });
  return Object.fromEntries(found);
}

function hex(bytes: Uint8Array, length: number): string {
  if (bytes.length !== length) throw new Error(`an id of ${bytes.length} bytes`);
  const text = Buffer.from(bytes).toString("hex");
  if (/^0*$/.test(text)) throw new Error("an id of zeros");
  return text;
}
