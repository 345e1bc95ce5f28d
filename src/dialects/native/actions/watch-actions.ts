import type { ActionSpecs } from "../../../edge/action-spec.ts";
import { type ActionTexts, one } from "./action.ts";

const socket =
  "Frames are text: WatchFrame, WatchError, WatchPong; a watcher may send WatchMessage or the text `ping`. " +
  "Closed with 1000 after the last change, with 1012 or 4008 to resume, with 1009 after a message that is too long. " +
  "A client that has not acknowledged 1 MiB of frames is closed with 1012, or 4008 if it has sent no `ping`: " +
  "a ping acknowledges everything before the pong whose `seen` it repeats.";

const all =
  "The first frame is a WatchPosition, so that a watcher can resume even before the first change; a WatchDeleted reports a deletion.";

/** The query parameters of a tenant-wide watch. */
const filtering = ["kind", "label", "after"] as const;

/** watchActions send changes as they happen. */
export const watchActions = {
  streamOperation: {
    method: "GET",
    path: `${one}/events`,
    scope: "read",
    query: ["after", "attempts", "ticket"],
    ticket: "query",
  },
  watchOperation: {
    method: "GET",
    path: `${one}/watch`,
    scope: "read",
    query: ["after", "attempts", "ticket"],
    ticket: "query",
  },
  getOutput: {
    method: "GET",
    path: `${one}/output`,
    scope: "read",
    query: ["after", "follow", "ticket"],
    ticket: "query",
  },
  streamOperations: { method: "GET", path: "/api/v1/events", scope: "read", query: filtering },
  watchOperations: { method: "GET", path: "/api/v1/watch", scope: "read", query: filtering },
} as const satisfies ActionSpecs;

/** watchTexts returns their documentation. As a function, it is left out of the Worker's bundle. */
export function watchTexts(): ActionTexts<keyof typeof watchActions> {
  return {
    streamOperation: {
      tag: "Watching",
      summary: "Watch an operation as server-sent events",
      description:
        "Begins with the current state. The id of an event is the version. Ends after the terminal state. A comment every 15 s keeps the connection open.",
      headers: ["LastEventId"],
      answers: {
        200: {
          description:
            "Events named `operation`, each an Operation; with `attempts=true` also `attempt`, each a WatchAttempt, without an id.",
          content: "events",
        },
        204: { description: "Nothing more will come: do not reconnect." },
      },
      problems: ["validation-failed", "operation-not-found", "quota-exceeded"],
    },
    watchOperation: {
      tag: "Watching",
      summary: "Watch an operation over a WebSocket",
      description: socket,
      headers: ["LastEventId", "Protocols"],
      answers: {
        101: { description: "The WebSocket is open.", headers: ["Sec-WebSocket-Protocol"] },
      },
      problems: ["validation-failed", "operation-not-found", "quota-exceeded"],
    },
    getOutput: {
      tag: "Watching",
      summary: "Read the output of the work, and follow it as it is written",
      description:
        "Ends when the operation does. With `Accept: text/event-stream` it is sent as events: `output` has the `offset` and the `text`, or `base64` if it is not UTF-8; `reset` gives the `offset` from which another attempt writes again; `end` has the `status`. " +
        "Plain bytes cannot be taken back, so a plain stream breaks off instead; the response to the next request gives the offset where it begins in `Output-Offset`.",
      headers: ["LastEventId", "IfNoneMatchResult"],
      answers: {
        200: {
          description: "The output after `after`; by default, all of it.",
          headers: ["Output-Offset", "Output-Attempt", "ETag"],
          content: "output",
        },
        204: { description: "Nothing more will come: do not reconnect." },
        304: {
          description: "There is no new output.",
          headers: ["Output-Offset", "Output-Attempt", "ETag"],
        },
      },
      problems: ["validation-failed", "operation-not-found", "quota-exceeded"],
    },
    streamOperations: {
      tag: "Watching",
      summary: "Watch every operation as server-sent events",
      description:
        "The id of an event is a position; the first id comes without an event. The stream never ends by itself. Filters may be at most 8 KiB.",
      headers: ["LastEventId"],
      answers: {
        200: {
          description:
            "Events named `operation`, each an Operation, and `deleted`, each an object with the `id` of a deleted operation.",
          content: "events",
        },
      },
      problems: ["validation-failed", "quota-exceeded"],
    },
    watchOperations: {
      tag: "Watching",
      summary: "Watch every operation over a WebSocket",
      description: `${socket} ${all} Filters may be at most 8 KiB.`,
      headers: ["LastEventId", "Protocols"],
      answers: {
        101: { description: "The WebSocket is open.", headers: ["Sec-WebSocket-Protocol"] },
      },
      problems: ["validation-failed", "quota-exceeded"],
    },
  };
}
