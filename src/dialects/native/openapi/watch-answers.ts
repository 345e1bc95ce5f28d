import * as z from "zod/mini";
import { logLine } from "./answers/attempt-answers.ts";
import { operation } from "./operation-answers.ts";
import { errorCode } from "./scalars.ts";
import { described, noted } from "./vocabulary.ts";

/** watchFrame is the state of an operation, in a WebSocket frame. */
export const watchFrame = described(
  noted(z.object({ type: z.literal("operation"), position: z.optional(z.string()), operation }), {
    id: "WatchFrame",
    description: "A text frame: the current state of an operation.",
  }),
  { position: "On a watch of every operation: the `after` that resumes after this frame." },
);

/** watchDeleted is a deletion, in a WebSocket frame. */
export const watchDeleted = described(
  noted(z.object({ type: z.literal("deleted"), id: z.string(), position: z.string() }), {
    id: "WatchDeleted",
    description: "A text frame: an operation has been deleted. Expiry is not reported.",
  }),
  { position: "The `after` that resumes after this frame." },
);

/** watchAttempt is news of an attempt, in a WebSocket frame or an event, for clients that ask for it. */
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
  { log: "New log lines.", step: "The name of a step that was just stored." },
);

/** watchPosition is the first WebSocket frame of a watch of every operation. */
export const watchPosition = described(
  noted(z.object({ type: z.literal("position"), position: z.string() }), {
    id: "WatchPosition",
    description: "The first text frame of a watch of every operation.",
  }),
  { position: "The `after` that resumes before the next frame." },
);

/** watchError is the WebSocket frame for a refused message. */
export const watchError = noted(
  z.object({
    type: z.literal("error"),
    error: z.object({ code: errorCode, message: z.string() }),
  }),
  { id: "WatchError", description: "A text frame: why a message was refused." },
);

/** watchPong is the response to a `ping` in JSON. */
export const watchPong = described(
  noted(z.object({ type: z.literal("pong"), seen: z.string() }), {
    id: "WatchPong",
    description:
      "A text frame: the response to a `ping` in JSON; to the bare text it is the text `pong`.",
  }),
  { seen: "Repeat it in the next `ping`, to acknowledge everything before it." },
);

/** watchMessage is a message that a watcher may send. */
export const watchMessage = described(
  noted(z.object({ type: z.enum(["cancel", "ping"]), seen: z.optional(z.string()) }), {
    id: "WatchMessage",
    description: "What a watcher may send, besides the bare text `ping`. `cancel` needs write.",
  }),
  { seen: "For a `ping`: that of the last WatchPong, to acknowledge it." },
);
