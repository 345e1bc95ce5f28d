/** The sizes that clients can depend on, in bytes unless said otherwise. */

/** maxInlineResult is the largest JSON result that stands in the monitor itself. */
export const maxInlineResult = 64 * 1024;

/** maxResult is the largest result that is kept; larger work fails with `result_too_large`. */
export const maxResult = 8 * 1024 * 1024;

/** largeFrom is the size up to which a result stays in its object where larger ones go to a bucket. */
export const largeFrom = 1024 * 1024;

/** mostLarge is the most that MAX_RESULT and MAX_UPLOAD may be: what a bucket takes in one object is 5 TiB. */
export const mostLarge = 5 * 1024 * 1024 * 1024;

/**
 * maxResultHeaders bounds the headers of a Response that are kept, names and values, in characters:
 * they stand in the operation itself, and many clients read no more than 16 KiB of headers.
 */
export const maxResultHeaders = 8 * 1024;

/** maxMetadata bounds the metadata of an operation, in characters of JSON text. */
export const maxMetadata = 16 * 1024;

/** maxLabels is how many labels an operation may have. */
export const maxLabels = 32;

/** maxDepth is how many levels of arrays and objects a body may nest. */
export const maxDepth = 64;

/** maxWait is the longest wait, in milliseconds: under the usual 60 s of proxies. */
export const maxWait = 55_000;

/** defaultWait is the wait of a client that asks for one without a readable time, in milliseconds. */
export const defaultWait = 30_000;

/** maxBatch is how many operations one batch request may name. */
export const maxBatch = 100;

/** maxBatchReports is how many reports of progress the operations of one batch may order together. */
export const maxBatchReports = 1_000;

/**
 * maxKindFilters is how many kinds one list may ask for: with every status and maxLabels labels
 * they stay within the 100 bound parameters of one statement.
 */
export const maxKindFilters = 16;

/** maxPage is the largest `limit` of a list. */
export const maxPage = 1_000;

/**
 * maxPageBytes is how much one answer about many operations takes in memory before it goes on in
 * another page or message, at two bytes a character: an RPC message holds 32 MiB, and a Worker 128 MB.
 */
export const maxPageBytes = 16 * 1024 * 1024;

/** defaultPriority is the priority of what says none, from 0, first, to lastPriority. */
export const defaultPriority = 5;
export const lastPriority = 9;

/** maxAnswers is how many questions one operation may ask on its way. */
export const maxAnswers = 32;

/** maxAnswer bounds an answer, and the schema of a question, in characters of JSON text. */
export const maxAnswer = 16 * 1024;

/** maxErrorCode, maxErrorMessage and maxErrorDetails bound what failed work says, in characters. */
export const maxErrorCode = 64;
export const maxErrorMessage = 2_048;
export const maxErrorDetails = 16 * 1024;

/**
 * maxDocument bounds a document of the wire of 2014, in characters of JSON text: three bytes each
 * at the most, it stands in one row of 2 MB.
 */
export const maxDocument = 256 * 1024;

/** maxRequirements is how many labels one selector may speak of, two bound parameters each. */
export const maxRequirements = 32;

/** maxOutput bounds what the work of one operation writes with `op.write`; more fails with `output_too_large`. */
export const maxOutput = 10 * 1024 * 1024;

/** maxTicketLife is how long a ticket lives at most, in milliseconds. */
export const maxTicketLife = 24 * 3_600_000;
