import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import {
  fallback,
  googleAuthLibrary,
  LongrunningDescriptor,
  Operation,
  type OperationsClient,
  protobuf,
  protobufFromJSON,
  serializer,
} from "google-gax";

/** Gax is the operations client of google-gax, and what reads what an operation came to. */
export interface Gax {
  readonly client: OperationsClient;
  /** get returns an operation as the client reads it. */
  get(name: string): Promise<Read>;
  /** followed is an operation that emits `progress`, and is polled once `promise()` waits for its end. */
  followed(name: string): Promise<Operation>;
  /** plain is a Struct as JSON. */
  plain(struct: unknown): Record<string, unknown>;
}

/** Read is what is read here of a `google.longrunning.Operation`. */
export interface Read {
  readonly name: string;
  readonly done: boolean;
  readonly metadata: { readonly value: Uint8Array };
  readonly response?: { readonly value: Uint8Array } | null;
  readonly error?: { readonly code: number; readonly message: string } | null;
}

/** The protos of an API with long-running operations, whose results are Structs. */
function protos(): protobuf.Root {
  const gax = path.dirname(createRequire(import.meta.url).resolve("google-gax"));
  const json = JSON.parse(readFileSync(path.join(gax, "../protos/operations.json"), "utf8"));
  const struct = protobuf.common.get("google/protobuf/struct.proto") as {
    nested: { google: { nested: { protobuf: { nested: object } } } };
  };
  Object.assign(
    json.nested.google.nested.protobuf.nested,
    struct.nested.google.nested.protobuf.nested,
  );
  return protobufFromJSON(json, true);
}

/** The rules of an API by which gax finds operations whose names begin with a parent. */
function rules(prefix: string) {
  const of = "google.longrunning.Operations";
  const one = `${prefix}/{name=**/operations/*}`;
  return [
    { selector: `${of}.ListOperations`, get: `${prefix}/{name=**}/operations` },
    { selector: `${of}.GetOperation`, get: one },
    { selector: `${of}.DeleteOperation`, delete: one },
    { selector: `${of}.CancelOperation`, post: `${one}:cancel`, body: "*" },
  ];
}

/**
 * connect makes the client, over HTTP and JSON.
 *
 * @param prefix where the operations are; without, the client's own rules find them at the root
 */
export function connect(url: string, prefix?: string, token = "test-token"): Gax {
  const { hostname, port } = new URL(url);
  const auth = new googleAuthLibrary.OAuth2Client();
  auth.setCredentials({ access_token: token, expiry_date: Date.now() + 3_600_000 });
  const protoJson = protos();
  const httpRules = prefix === undefined ? [] : rules(prefix);
  const builder = fallback.lro({ auth, httpRules, protoJson, fallback: true } as never);
  const at = { servicePath: hostname, port: Number(port), protocol: "http" };
  const client = builder.operationsClient(at as never);
  const Struct = protoJson.lookupType("google.protobuf.Struct");
  const decode = (bytes: unknown) => Struct.decode(bytes as Uint8Array);
  const get = async (name: string) => {
    const [read] = await client.getOperation({ name } as never);
    return read as unknown as Read;
  };
  return {
    client,
    get,
    followed: async (name) => {
      const descriptor = new LongrunningDescriptor(client, decode as never, decode as never);
      const pauses = {
        initialRetryDelayMillis: 100,
        retryDelayMultiplier: 1.3,
        maxRetryDelayMillis: 1_000,
        totalTimeoutMillis: 60_000,
      };
      return new Operation((await get(name)) as never, descriptor, pauses as never);
    },
    plain: (struct) => {
      const message = struct instanceof Uint8Array ? decode(struct) : (struct as protobuf.Message);
      return serializer.toProto3JSON(message as never) as Record<string, unknown>;
    },
  };
}
