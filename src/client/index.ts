/** The typed client of Edge Operations: `edge-operations/client`. */
export { encodeJson, JsonText } from "../base/json-text.ts";
export type { ImportProblem, ImportReport } from "../core/moving/import-report.ts";
export type { KindTrend, TrendRange, Trends } from "../core/statistics/trends.ts";
export type {
  Attempt,
  AttemptNews,
  AttemptProgress,
  AttemptStep,
  LogLine,
  StepUndo,
} from "./attempts.ts";
export type { BulkCounts, BulkFilter, BulkOptions } from "./bulk.ts";
export type { ConnectionOptions } from "./connection.ts";
export type { BatchCreateRequest, BatchEntry, Refused } from "./creating/batch.ts";
export type {
  CreateManyEntry,
  CreateOptions,
  RerunOptions,
  RunOptions,
  SendOptions,
} from "./creating/create-options.ts";
export type { CreateRequest, RetryRequest } from "./creating/create-request.ts";
export type { WebhookDelivery, WebhookTry } from "./deliveries.ts";
export type {
  KindDescription,
  KindStats,
  RouteStats,
  SpanStats,
  Spread,
  Stats,
} from "./discovery.ts";
export type { InputOf, Json, KindsTypes, KindTypes, OutputOf } from "./kind-types.ts";
export type { ListPage, ListQuery } from "./list-query.ts";
export type { DeletedTenant, ExportOptions, ImportOptions } from "./moving.ts";
export {
  type CanceledOperation,
  type FailedOperation,
  type FailureReason,
  type FinishedOperation,
  type InputRequest,
  type InputRequiredOperation,
  isAsleep,
  isFinished,
  type Operation,
  type OperationFields,
  type OperationLinks,
  type PendingOperation,
  type RunningOperation,
  type Status,
  type SucceededOperation,
} from "./operation.ts";
export { OperationsClient } from "./operations-client.ts";
export type { CallOptions, CancelOptions, Filter } from "./options.ts";
export { RequestError, UnreachableError } from "./request-error.ts";
export { OperationError, UnfinishedError } from "./result.ts";
export { TenantOperations, type TicketOptions } from "./tenant-operations.ts";
export type { Ticket } from "./ticket.ts";
export type { ConnectionState, FollowOptions } from "./watching/follow.ts";
export type { AttemptLine, LogsOptions } from "./watching/logs.ts";
export type { OutputChunk, OutputOptions } from "./watching/output.ts";
export { type WaitOptions, WaitTimeoutError } from "./watching/wait-for.ts";
export type { WatchOptions } from "./watching/watch.ts";
export type { Change, Deletion, WatchAllOptions } from "./watching/watch-all.ts";
export type { Run, WorkingOperation } from "./worker/attempt.ts";
export type { WorkLog } from "./worker/work-log.ts";
export { type WorkOptions, work } from "./worker/worker.ts";
