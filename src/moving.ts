import { movingHandlers } from "./dialects/native/moving/handlers.ts";
import { MovedOperations } from "./object/moving/moving.ts";
import type { Moving } from "./runner/moving.ts";

/** moving exports a tenant's operations as JSON Lines and imports them: `edge-operations/moving`. */
export const moving: Moving = {
  handlers: movingHandlers,
  room: (around) => new MovedOperations(around),
};
