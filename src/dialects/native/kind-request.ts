import { boolean, object } from "../../core/shape/shape.ts";

/** kindRequest is the body of `PATCH /kinds/{kind}`. */
export const kindRequest = object({ paused: boolean("must be true or false") });
