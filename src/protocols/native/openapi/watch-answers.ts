import * as z from "zod/mini";
import { operation } from "./operation-answers.ts";
import { errorCode } from "./scalars.ts";
import { described, noted } from "./vocabulary.ts";

/** watchFrame is what a WebSocket tells. */
export const watchFrame = described(
  noted(z.object({ type: z.literal("operation"), position: z.optional(z.string()), operation }), {
    id: "WatchFrame",
    description: "A text frame: an operation as it stands.",
  }),
  { position: "Of a watch of every operation: the `after` that resumes behind this frame." },
);

/** watchDeleted is what a WebSocket tells of a deletion. */
export const watchDeleted = described(
  noted(z.object({ type: z.literal("deleted"), id: z.string(), position: z.string() }), {
    id: "WatchDeleted",
    description: "A text frame: an operation has been deleted. Expiry is not told.",
  }),
  { position: "The `after` that resumes behind this frame." },
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
  { id: "WatchError", description: "A text frame: why a message was not taken." },
);

/** watchMessage is what a watcher may send. */
export const watchMessage = noted(z.object({ type: z.enum(["cancel", "ping"]) }), {
  id: "WatchMessage",
  description: "What a watcher may send, besides the bare text `ping`. `cancel` needs write.",
});
