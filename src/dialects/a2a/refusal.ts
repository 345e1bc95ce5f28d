import { type ErrorStatus, errors, everything, type Failure } from "../../core/errors.ts";
import { googleCode } from "../rpc/google-code.ts";
import { RpcCode } from "../rpc/json-rpc.ts";

/** Reason is an error for which the protocol has its own name. Source: A2A 1.0, section 5.4. */
export type Reason = keyof typeof reasons;

/** Refusal is why a request is refused, by a name of the protocol. */
export interface Refusal {
  readonly reason: Reason;
  readonly message: string;
}

/** Refused is why a request is refused: by a name of the protocol, or as in any dialect. */
export type Refused = Refusal | Failure;

const precondition = { http: 400, word: "FAILED_PRECONDITION" } as const;
const argument = { http: 400, word: "INVALID_ARGUMENT" } as const;

const reasons = {
  TASK_NOT_FOUND: { http: 404, word: "NOT_FOUND", rpc: -32_001 },
  TASK_NOT_CANCELABLE: { ...precondition, rpc: -32_002 },
  PUSH_NOTIFICATION_NOT_SUPPORTED: { ...precondition, rpc: -32_003 },
  UNSUPPORTED_OPERATION: { ...precondition, rpc: -32_004 },
  CONTENT_TYPE_NOT_SUPPORTED: { ...argument, rpc: -32_005 },
  EXTENDED_AGENT_CARD_NOT_CONFIGURED: { ...precondition, rpc: -32_007 },
  VERSION_NOT_SUPPORTED: { ...precondition, rpc: -32_009 },
  INVALID_PARAMS: { ...argument, rpc: RpcCode.invalidParams },
} as const;

/** refuse returns a Refusal. */
export function refuse(reason: Reason, message: string): Refusal {
  return { reason, message };
}

/** httpStatus returns the status of a refusal in HTTP+JSON. */
export function httpStatus(refused: Refused): number {
  const reason = reasonOf(refused);
  return reason ? reasons[reason].http : statusOf(refused as Failure);
}

/** encodeError writes a refusal in the form of HTTP+JSON, as JSON text: a `google.rpc.Status` in `error`. */
export function encodeError(refused: Refused): string {
  const reason = reasonOf(refused);
  const code = httpStatus(refused);
  const status = reason ? reasons[reason].word : googleCode(statusOf(refused as Failure));
  const error = { code, status, message: messageOf(refused), details: detailsOf(refused) };
  return JSON.stringify({ error });
}

/** encodeRpcError writes a refusal as the `error` of a JSON-RPC response, as JSON text. */
export function encodeRpcError(refused: Refused): string {
  const details = detailsOf(refused);
  const error = { code: rpcCode(refused), message: messageOf(refused) };
  return JSON.stringify(details.length === 0 ? error : { ...error, data: details });
}

/** encodeFailure writes a refusal before a method is known, in the form of the requested binding. */
export function encodeFailure(failure: Failure, { url }: { readonly url: URL }): string {
  if (!/\/rpc\/*$/.test(url.pathname)) return encodeError(failure);
  return `{"jsonrpc":"2.0","id":null,"error":${encodeRpcError(failure)}}`;
}

/** The name for what another dialect would say by its status. */
function reasonOf(refused: Refused): Reason | undefined {
  if ("reason" in refused) return refused.reason;
  switch (refused.code) {
    case "operation-not-found":
    case "operation-expired":
      return "TASK_NOT_FOUND";
    case "input-not-required":
    case "already-terminal":
      return "UNSUPPORTED_OPERATION";
    case "unsupported-media-type":
      return "CONTENT_TYPE_NOT_SUPPORTED";
    case "validation-failed":
    case "kind-not-found":
    case "idempotency-key-reused":
      return "INVALID_PARAMS";
    default:
      return undefined;
  }
}

function statusOf({ code }: Failure): ErrorStatus {
  return errors[code].status;
}

function messageOf(refused: Refused): string {
  return "reason" in refused ? refused.message : everything(refused);
}

/** Clients choose their class of error by the reason. Source: AIP-193. */
function detailsOf(refused: Refused): readonly object[] {
  const reason = reasonOf(refused);
  const fields = "reason" in refused ? undefined : refused.errors;
  const type = (name: string) => `type.googleapis.com/google.rpc.${name}`;
  const violations = fields?.map(({ path: field, message: description }) => ({
    field,
    description,
  }));
  return [
    ...(reason ? [{ "@type": type("ErrorInfo"), reason, domain: "a2a-protocol.org" }] : []),
    ...(violations ? [{ "@type": type("BadRequest"), fieldViolations: violations }] : []),
  ];
}

function rpcCode(refused: Refused): number {
  const reason = reasonOf(refused);
  if (reason) return reasons[reason].rpc;
  const { code } = refused as Failure;
  if (code === "malformed-json") return RpcCode.parseError;
  if (code === "not-found") return RpcCode.methodNotFound;
  const status = statusOf(refused as Failure);
  if (status >= 500) return RpcCode.internal;
  return [401, 403, 429].includes(status) ? RpcCode.server : RpcCode.invalidRequest;
}
