import type { DocumentWrite } from "../core/document.ts";
import type { Failure } from "../core/errors.ts";
import type { NewLine } from "../core/log-line.ts";
import type { ArrivalOrder, Upload, UploadAsk } from "../core/operation/large.ts";
import type {
  InputRequest,
  KeyBase,
  OperationError,
  Uploaded,
} from "../core/operation/operation.ts";
import type { StepFailure, StepRecord } from "../core/operation/step.ts";
import type { Reply } from "../core/reply.ts";
import type { Trace } from "../core/trace.ts";
import type { OutputWrite } from "../core/work.ts";
import type { Interrupted } from "../kinds/steps.ts";

/** Task is one attempt to make. */
export interface Task {
  /** The ID of the object that stores the operation. */
  readonly object: string;
  /** The name of that object, if it knows its name. */
  readonly name?: string;
  readonly id: string;
  readonly kind: string;
  readonly attempt: number;
  /** JSON text, empty if the operation has no input. */
  readonly input: string;
  /** Where the body of the request that created it is, if it is in a bucket. */
  readonly upload?: Uploaded;
  /** The trace that its create was part of. */
  readonly trace?: Trace;
  /** The idempotency key of its create. */
  readonly key?: string;
  /** Whether an earlier attempt may have begun the work. */
  readonly isRepeated?: true;
  /** What keys are derived from, if not from this operation. */
  readonly keys?: KeyBase;
  /** The stored steps of earlier attempts, in the order in which they were stored. */
  readonly steps?: readonly StepRecord[];
  /** How much output earlier attempts have stored, in bytes; undefined means none. */
  readonly written?: number;
  /** Set if the attempt is only to undo steps: why the operation ends, and when at the latest. */
  readonly undoing?: {
    readonly reason: OperationError;
    readonly until: number;
    /** From when on a lost attempt is not followed by another. Older code does not send it. */
    readonly lastAt?: number;
  };
  /** Set if the previous attempt was lost before it ended. */
  readonly interrupted?: Interrupted;
}

/** StopReason is why an attempt should end early. */
export type StopReason = "canceled" | "over";

/** Answer is the answer to a question as JSON text, or `over` if the attempt has ended or is no longer wanted. */
export type Answer = { readonly type: "answer"; readonly text: string } | { readonly type: "over" };

/** StepReply is whether a step was stored, or why the attempt must stop, or why the step was refused. */
export type StepReply =
  | { readonly type: "stored" }
  | { readonly type: "stopped"; readonly reason: StopReason }
  | { readonly type: "refused"; readonly code: string; readonly message: string };

/** AttemptReports are the RPC calls of an attempt to the object that stores its operation. */
export interface AttemptReports {
  /** progress stores the progress of an attempt. */
  progress(id: string, attempt: number, percent?: number, message?: string): Promise<unknown>;
  /** logged stores what an attempt has logged. */
  logged(id: string, attempt: number, log: readonly NewLine[]): Promise<unknown>;
  /** ask resolves once the question has been answered, or the answer is no longer needed. */
  ask(id: string, attempt: number, index: number, request: InputRequest): Promise<Answer>;
  /** writeOutput stores output of an attempt, or returns why it cannot. */
  writeOutput(id: string, write: OutputWrite): Promise<Reply<{ size: number }>>;
  /** beginUpload reserves a place in the bucket for the result of an attempt, or returns why it cannot. */
  beginUpload(id: string, ask: UploadAsk): Promise<Reply<Upload>>;
  /** arrival reports that an upload is abandoned. */
  arrival(order: ArrivalOrder): Promise<unknown>;
  /** stopped resolves when the attempt should end early. */
  stopped(id: string, attempt: number): Promise<StopReason>;
  /** step stores a step of an attempt. Storing it again changes nothing. */
  step(id: string, attempt: number, record: StepRecord): Promise<StepReply>;
  /** undone stores that a step has been undone, or why it could not be. Storing it again changes nothing. */
  undone(id: string, attempt: number, name: string, error?: StepFailure): Promise<StepReply>;
  /** commitDocument changes a document and ends the attempt, in one write. */
  commitDocument(id: string, attempt: number, write: DocumentWrite): Promise<Failure | undefined>;
}
