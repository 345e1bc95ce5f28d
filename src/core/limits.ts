/** The sizes that clients can depend on, in bytes unless said otherwise. */

/** maxInlineResult is the largest JSON result that is included in the operation itself. */
export const maxInlineResult = 64 * 1024;

/** maxResult is the largest result that is stored in the object; work with a larger one fails with `result_too_large`. */
export const maxResult = 8 * 1024 * 1024;

/** largeFrom is the size up to which results stay in the object even if there is a bucket for larger ones. */
export const largeFrom = 1024 * 1024;

/** mostLarge is the highest MAX_RESULT and MAX_UPLOAD; a bucket would accept objects of up to 5 TiB. */
export const mostLarge = 5 * 1024 * 1024 * 1024;

/**
 * maxResultHeaders limits the stored headers of a Response, names and values, in characters: they are part of the
 * operation itself, and many clients read at most 16 KiB of headers.
 */
export const maxResultHeaders = 8 * 1024;

/** maxMetadata limits the metadata of an operation, in characters of JSON text. */
export const maxMetadata = 16 * 1024;

/** maxLabels is how many labels an operation may have. */
export const maxLabels = 32;

/** maxDepth is how many levels of arrays and objects a body may nest. */
export const maxDepth = 64;

/** maxWait is the longest wait, in milliseconds: less than the usual 60 s timeout of proxies. */
export const maxWait = 55_000;

/** defaultWait is how long to wait if a client asks for a wait without a valid time, in milliseconds. */
export const defaultWait = 30_000;

/** maxBatch is how many operations one batch request may name. */
export const maxBatch = 100;

/** maxBatchReports is how many progress reports the operations of one batch may announce in total. */
export const maxBatchReports = 1_000;

/**
 * maxKindFilters is how many kinds a list may filter by: with every status and maxLabels labels, they stay within the
 * 100 bound parameters of a statement.
 */
export const maxKindFilters = 16;

/** maxPage is the largest `limit` of a list. */
export const maxPage = 1_000;

/**
 * maxPageBytes is how much memory one response about many operations may take before it continues in another page or
 * message, at two bytes a character: an RPC message has at most 32 MiB, and a Worker 128 MB.
 */
export const maxPageBytes = 16 * 1024 * 1024;

/** defaultPriority is the default priority; priorities go from 0 (first) to lastPriority. */
export const defaultPriority = 5;
export const lastPriority = 9;

/** maxAnswers is how many questions one operation may ask. */
export const maxAnswers = 32;

/** maxAnswer limits an answer, and the schema of a question, in characters of JSON text. */
export const maxAnswer = 16 * 1024;

/** maxErrorCode, maxErrorMessage and maxErrorDetails limit the error of failed work, in characters. */
export const maxErrorCode = 64;
export const maxErrorMessage = 2_048;
export const maxErrorDetails = 16 * 1024;

/**
 * maxDocument limits a document of the wire of 2014, in characters of JSON text: at three bytes each at most, it fits
 * into one row of 2 MB.
 */
export const maxDocument = 256 * 1024;

/** maxRequirements is how many labels a selector may have, at two bound parameters each. */
export const maxRequirements = 32;

/** maxOutput limits what the work of one operation may write with `op.write`; more fails with `output_too_large`. */
export const maxOutput = 10 * 1024 * 1024;

/** maxTicketLife is the longest lifetime of a ticket, in milliseconds. */
export const maxTicketLife = 24 * 3_600_000;
