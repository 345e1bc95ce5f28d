import * as z from "zod/mini";
import { logLine } from "./answers/attempt-answers.ts";
import { operation } from "./operation-answers.ts";
import { errorCode } from "./scalars.ts";
import { described, noted } from "./vocabulary.ts";

/** watchFrame is what a WebSocket tells. */
export const watchFrame = described(
  noted(z.object({ type: z.literal("operation"), position: z.optional(z.string()), operation }), {
    id: "WatchFrame",
    description: "A text frame: an operation as it stands.",
  }),
  { position: "On a watch of every operation: the `after` that resumes after this frame." },
);

/** watchDeleted is what a WebSocket tells of a deletion. */
export const watchDeleted = described(
  noted(z.object({ type: z.literal("deleted"), id: z.string(), position: z.string() }), {
    id: "WatchDeleted",
    description: "A text frame: an operation has been deleted. Expiry is not reported.",
  }),
  { position: "The `after` that resumes after this frame." },
);

/** watchAttempt is what a WebSocket, or an event, tells of an attempt to who asks for it. */
export const watchAttempt = described(
  noted(
    z.object({
      type: z.literal("attempt"),
      id: z.string(),
      attempt: z.int(),
      log: z.optional(z.array(logLine)),
      step: z.optional(z.string()),
    }),
    { id: "WatchAttempt", description: "A text frame: news of an attempt. It is not repeated." },
  ),
  { log: "What it has just logged.", step: "The name of a step that it has just stored." },
);

/** watchPosition is what the WebSocket of a watch of every operation tells first. */
export const watchPosition = described(
  noted(z.object({ type: z.literal("position"), position: z.string() }), {
    id: "WatchPosition",
    description: "The first text frame of a watch of every operation.",
  }),
  { position: "The `after` that resumes before the next frame." },
);

/** watchError is what a WebSocket tells of a message that it does not take. */
export const watchError = noted(
  z.object({
    type: z.literal("error"),
    error: z.object({ code: errorCode, message: z.string() }),
  }),
  { id: "WatchError", description: "A text frame: why a message was refused." },
);

/** watchPong is what a WebSocket answers to a `ping` in JSON. */
export const watchPong = described(
  noted(z.object({ type: z.literal("pong"), seen: z.string() }), {
    id: "WatchPong",
    description: "A text frame: the answer to a `ping`; to the bare text it is the text `pong`.",
  }),
  { seen: "Repeat it in the next `ping`, which then acknowledges everything before." },
);

/** watchMessage is what a watcher may send. */
export const watchMessage = described(
  noted(z.object({ type: z.enum(["cancel", "ping"]), seen: z.optional(z.string()) }), {
    id: "WatchMessage",
    description: "What a watcher may send, besides the bare text `ping`. `cancel` needs write.",
  }),
  { seen: "Of a `ping`: that of the last WatchPong, which says that it has been read." },
);
