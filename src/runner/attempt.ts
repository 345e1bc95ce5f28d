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

/** Task is one attempt to be made. */
export interface Task {
  /** The id of the object that holds the operation. */
  readonly object: string;
  /** The name of that object, if it knows it. */
  readonly name?: string;
  readonly id: string;
  readonly kind: string;
  readonly attempt: number;
  /** JSON text, empty if the operation has no input. */
  readonly input: string;
  /** Where the body of the request that made it is, if it is in a bucket. */
  readonly upload?: Uploaded;
  /** The trace that its create was part of. */
  readonly trace?: Trace;
  /** The idempotency key of its create. */
  readonly key?: string;
  /** Whether an attempt before it may have begun the work. */
  readonly isRepeated?: true;
  /** What keys are made of, where that is not this operation. */
  readonly keys?: KeyBase;
  /** What is stored of its steps, in the order in which they were stored, where an attempt came before. */
  readonly steps?: readonly StepRecord[];
  /** How much output attempts before it have left, in bytes; nothing if it is not there. */
  readonly written?: number;
  /** Why the operation ends, and when it does at the latest, where the attempt is to undo its steps and nothing else. */
  readonly undoing?: {
    readonly reason: OperationError;
    readonly until: number;
    /** From when on no other attempt follows one that is lost. Older code does not say. */
    readonly lastAt?: number;
  };
  /** Where the attempt before was lost in the middle. */
  readonly interrupted?: Interrupted;
}

/** StopReason is why an attempt should end early. */
export type StopReason = "canceled" | "over";

/** Answer is what became of a question: a JSON text, or nothing, the attempt being over or unwanted. */
export type Answer = { readonly type: "answer"; readonly text: string } | { readonly type: "over" };

/** StepReply is what became of a step that an attempt wants stored: the attempt may have to stop all the same. */
export type StepReply =
  | { readonly type: "stored" }
  | { readonly type: "stopped"; readonly reason: StopReason }
  | { readonly type: "refused"; readonly code: string; readonly message: string };

/** AttemptReports are what an attempt tells and asks the object that holds its operation, by RPC. */
export interface AttemptReports {
  /** progress stores how far an attempt is. */
  progress(id: string, attempt: number, percent?: number, message?: string): Promise<unknown>;
  /** logged keeps what an attempt has logged. */
  logged(id: string, attempt: number, log: readonly NewLine[]): Promise<unknown>;
  /** ask resolves once the question has been answered, or nobody needs to know any more. */
  ask(id: string, attempt: number, index: number, request: InputRequest): Promise<Answer>;
  /** writeOutput stores what an attempt has written, or returns why it cannot be. */
  writeOutput(id: string, write: OutputWrite): Promise<Reply<{ size: number }>>;
  /** beginUpload makes a place in the bucket for the result of an attempt, or returns why there is none. */
  beginUpload(id: string, ask: UploadAsk): Promise<Reply<Upload>>;
  /** arrival says that an upload is abandoned. */
  arrival(order: ArrivalOrder): Promise<unknown>;
  /** stopped resolves when the attempt should end early. */
  stopped(id: string, attempt: number): Promise<StopReason>;
  /** step stores a step of an attempt. Storing it again changes nothing. */
  step(id: string, attempt: number, record: StepRecord): Promise<StepReply>;
  /** undone stores that a step is undone, or why not. Storing it again changes nothing. */
  undone(id: string, attempt: number, name: string, error?: StepFailure): Promise<StepReply>;
  /** commitDocument ends an attempt with a change to a document, both in one write. */
  commitDocument(id: string, attempt: number, write: DocumentWrite): Promise<Failure | undefined>;
}
